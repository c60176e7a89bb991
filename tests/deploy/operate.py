"""Tools that check what operators are given, where they are: `make check-deploy` fetches them into a cache outside the checkout.

A test that needs one that is not there is skipped and says so; with REQUIRE_OPERATE=1 it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

HOME = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "bijou" / "operate"


def missing(what: str) -> None:
    """Skip the test, or fail where everything has to be there."""
    said = f"{what} is not there: make check-deploy fetches it"
    if os.environ.get("REQUIRE_OPERATE"):
        pytest.fail(said)
    pytest.skip(said)


def program(name: str) -> str:
    """The path of a tool."""
    found = shutil.which(name, path=str(HOME / "bin"))
    if found is None:
        missing(name)
    return str(found)


@cache
def _module(name: str) -> Path | None:
    path = HOME / "modules" / name.replace("/", "_")
    return path if path.exists() else None


def go_file(module: str, path: str) -> Path:
    """A file of a Go module: schemas are published in them."""
    found = _module(module)
    if found is None or not (found / path).exists():
        missing(f"{path} of {module}")
    return Path(str(found)) / path


def run(*command: str, told: str | None = None) -> str:
    """What a tool prints; its failure is the test's."""
    done = subprocess.run([program(command[0]), *command[1:]], input=told, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def score(text: str, *options: str) -> list[str]:
    """What kube-score finds critical in objects."""
    done = subprocess.run(
        [program("kube-score"), "score", "--output-format", "ci", *options, "-"], input=text, capture_output=True, text=True
    )  # fmt: skip
    return [line for line in done.stdout.splitlines() if line.startswith("[CRITICAL]")] + done.stderr.splitlines()
