"""What developers of clients read first names only operations, fields and codes that the API has."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/api.md", "gateway/introduction.md")
CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD) (/[\w/{}.-]+)(?:\?(\w+)=…)?(?: \{([\w, ]+)\})?")
# `code` beside the status it comes with.
CODE = re.compile(r"\b4\d\d `(\w+)`")
PREFIX = "/api/v1"

Document = dict[str, Any]


@pytest.fixture(scope="module")
def document() -> Document:
    found: Document = json.loads((ROOT / "web/openapi.json").read_text())
    return found


def shape(path: str) -> str:
    """A path without the names of what varies in it."""
    return re.sub(r"\{\w+\}", "{}", path.removeprefix(PREFIX))


def fields(operation: Document, document: Document) -> set[str]:
    """What the body of an operation may hold."""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    found: Document = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]
    return set(found)


@pytest.mark.parametrize("page", PAGES)
def test_every_call_it_names_is_there_with_its_fields(page: str, document: Document) -> None:
    operations = {
        (method.upper(), shape(path)): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    calls = CALL.findall((ROOT / page).read_text().replace("\n", " "))

    assert len(calls) > 10 or page != "docs/api.md"
    for method, path, query, body in calls:
        operation = operations.get((method, shape(path)))
        assert operation, f"{method} {path}"
        asked = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
        assert {query} - {""} <= asked, f"{method} {path}"
        assert not body or {name.strip() for name in body.split(",")} <= fields(operation, document), f"{method} {path}"


@pytest.mark.parametrize("page", PAGES)
def test_every_code_it_names_is_there(page: str, document: Document) -> None:
    known = {
        code
        for item in document["paths"].values()
        for operation in item.values()
        for code in operation["x-bijou-codes"]
    }
    named = set(CODE.findall((ROOT / page).read_text()))

    assert named <= known
    assert len(named) > 2 or page != "docs/api.md"
