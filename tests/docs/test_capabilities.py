"""docs/capabilities.yaml says only what can be found: endpoints in the OpenAPI document, code, and tests by name."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROWS: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs/capabilities.yaml").read_text())["capabilities"]
IDS = [
    *(f"A{n}" for n in range(1, 10)), "B1", "B2", *(f"C{n}" for n in range(1, 8)), *(f"D{n}" for n in range(1, 8)),
    *(f"{group}{n}" for group in "EF" for n in range(1, 5)), *(f"{group}{n}" for group in "GH" for n in range(1, 4)),
    "I1", "J1", "J2", "K1", "K2", "L1", "L2", "M1", "M2", *(f"{group}{n}" for group in "NOP" for n in range(1, 4)),
    "Q1", "Q2", "R1", "R2", *(f"S{n}" for n in range(1, 6)),
]  # fmt: skip
MADE = [row for row in ROWS if row["status"] != "absent"]


def name_of(row: dict[str, Any]) -> str:
    return f"{row['id']}: {row['feature']}"


def test_every_feature_is_accounted_for() -> None:
    assert {row["id"] for row in ROWS} == set(IDS)
    assert {row["status"] for row in ROWS} <= {"real", "simulated", "absent"}


@pytest.mark.parametrize("row", MADE, ids=name_of)
def test_its_endpoint_exists(row: dict[str, Any]) -> None:
    paths = json.loads((ROOT / "web/openapi.json").read_text())["paths"]
    assert row.get("endpoint") or row.get("page") or row.get("command"), "a capability is reachable somewhere"
    for endpoint in row.get("endpoint", []):
        method, path = endpoint.split(" ")
        assert method.lower() in paths.get(path, {}), f"{endpoint} is not in web/openapi.json"


@pytest.mark.parametrize("row", MADE, ids=name_of)
def test_its_code_and_its_adverse_test_exist(row: dict[str, Any]) -> None:
    assert row["code"]
    for path in row["code"]:
        assert (ROOT / path).exists(), path
    assert row["test"]
    for reference in row["test"]:
        path, _, function = reference.partition("::")
        source = (ROOT / path).read_text()
        if path.endswith(".py"):
            found = {
                node.name
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            found |= {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)}
            assert function in found, reference
        else:
            assert re.search(re.escape(function), source), reference


@pytest.mark.parametrize("row", [row for row in ROWS if row["status"] == "simulated"], ids=name_of)
def test_what_is_simulated_says_why(row: dict[str, Any]) -> None:
    assert row["why"]
