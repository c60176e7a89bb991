"""`make new-service`: what it writes runs in the whole platform, passes its own tests and every check, without another line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from deploy.scaffold.service import NotThatName, write
from tests import backends
from tests.journeys.people import eventually
from tests.journeys.platform import Running, ports_of_its_own

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (".git", ".venv", "var", "node_modules", "dist", "__pycache__", ".pytest_cache", ".hypothesis")
IMPORTS = ("tests.deploy.import_rules",)
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    IMPORTS,
    ("mypy", "deploy", "libs/contracts", "services/sample", "tests/sample"),
    ("deploy.local.generate", "--check"),
)
TESTS = (
    "tests/sample",
    "tests/deploy/test_topology.py",
    "tests/gateway/test_policies.py",
    "tests/security/test_authorization.py",
    "tests/contract/test_registry.py",
    "tests/contract/test_reference.py",
)


def run(tree: Path, *command: str, **environment: str) -> str:
    """Run a module in the copy, which comes before this tree on the path; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=tree, env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree in which there is a service more."""
    place = tmp_path_factory.mktemp("tree") / "bijou"
    shutil.copytree(ROOT, place, ignore=shutil.ignore_patterns(*LEFT_OUT))
    run(place, "cli", "new-service", "sample")
    run(place, "deploy.local.generate")
    return place


@pytest.fixture
def platform(tree: Path) -> Iterator[Running]:
    """The whole platform from the copy."""
    with backends.folder() as data:
        ports_of_its_own(data)
        try:
            run(tree, "cli", "up", "--detach", "--no-demo", BIJOU_DATA=str(data))
            secrets = json.loads((data / "secrets.json").read_text())
            state = json.loads((data / "run" / "state.json").read_text())
            yield Running(state["url"], data, secrets["admin"], secrets["demo"])
        finally:
            run(tree, "cli", "down", BIJOU_DATA=str(data))


@pytest.mark.slow
def test_it_answers_through_the_gateway_and_tells_the_broker(platform: Running) -> None:
    api, path = f"{platform.url}/api/v1", "/sample/entries"
    with httpx.Client(base_url=api, timeout=30, trust_env=False) as client:
        assert client.get(path).status_code == 401
        token = client.post("/auth/login", json=platform.demo).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        added = client.post(path, json={"name": "the first"})
        assert added.status_code == 201, added.text
        assert client.get(path).json()["items"] == [added.json()]
    with psycopg.connect(platform.database("sample"), autocommit=True) as connection:
        assert connection.execute("SELECT topic FROM outbox").fetchall() == [("sample.entries",)]
        eventually(lambda: connection.execute("SELECT count(*) FROM outbox_pending").fetchone() == (0,), 30)


@pytest.mark.slow
def test_it_passes_its_own_tests_and_those_of_the_house(tree: Path) -> None:
    said = run(tree, "pytest", "-q", "-p", "no:cacheprovider", *TESTS)
    assert " passed" in said


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check[0])
def test_it_passes_every_check(tree: Path, check: tuple[str, ...]) -> None:
    run(tree, *check)


def test_a_module_in_no_layer_is_refused(tree: Path) -> None:
    stray = tree / "services" / "sample" / "stray.py"
    stray.write_text('"""Nobody said where this belongs."""\n')
    try:
        with pytest.raises(AssertionError, match="stray"):
            run(tree, *IMPORTS)
    finally:
        stray.unlink()


@pytest.mark.parametrize("name", ["", "Sample", "my-service", "my_service", "class", "1st", "a", "x" * 40])
def test_a_name_that_is_no_folder_database_and_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotThatName, match="cannot be the name"):
        write(name, tmp_path)


@pytest.mark.parametrize("name", ["catalog", "gateway", "kafka", "titles", "admin"])
def test_a_name_that_is_taken_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotThatName, match="is taken"):
        write(name, tmp_path)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    there = tmp_path / "libs" / "contracts" / "watch.py"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    with pytest.raises(NotThatName, match=r"libs/contracts/watch\.py is there already"):
        write("watch", tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]
    assert there.read_text() == "mine"
