"""What git runs before a commit, once it is asked to."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ".pre-commit-config.yaml"
HOOKS = [hook for repo in yaml.safe_load((ROOT / CONFIG).read_text())["repos"] for hook in repo["hooks"]]
# Where every registry would be looked for.
NOWHERE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:1")


def run(*command: str, at: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    # Git says to what it runs where its repository is, when the tests themselves are run by a hook.
    around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        command, cwd=at, env={**around, **NOWHERE, **environment}, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with our hooks and our environment, and nothing in it yet."""
    place = tmp_path / "repository"
    place.mkdir()
    for name in (CONFIG, "pyproject.toml"):
        shutil.copy(ROOT / name, place / name)
    (place / ".venv").symlink_to(sys.prefix)
    (place / ".git-exclude").write_text(".venv\n.git-exclude\n.mypy_cache\n")
    run("git", "init", "--quiet", at=place)
    for name, value in {
        "user.name": "Test",
        "user.email": "t@example.test",
        "core.excludesFile": ".git-exclude",
    }.items():
        run("git", "config", name, value, at=place)
    installed = run(".venv/bin/pre-commit", "install", at=place, PRE_COMMIT_HOME=str(tmp_path / "pre-commit"))
    assert installed.returncode == 0, installed.stderr
    return place


def commit(repository: Path, name: str, text: str, skip: str) -> "subprocess.CompletedProcess[str]":
    (repository / name).write_text(text)
    run("git", "add", name, at=repository)
    home = str(repository.parent / "pre-commit")
    return run("git", "commit", "-m", "Try it", at=repository, PRE_COMMIT_HOME=home, SKIP=skip)


@pytest.mark.parametrize(
    ("text", "refused_by"),
    [
        ("import os\n", "style (ruff)"),
        ("x = 1;  y = [1,\n 2]\n", "format (ruff)"),
        ('x: int = "one"\n', "types (mypy)"),
    ],
)
def test_a_commit_that_check_would_refuse(repository: Path, text: str, refused_by: str) -> None:
    # There are no packages here whose imports or documents could be looked at.
    skip = "imports,generated,web" + ("" if "mypy" in refused_by else ",mypy")
    refused = commit(repository, "tried.py", text, skip)
    assert refused.returncode == 1
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith(refused_by)]
    assert line.endswith("Failed")
    assert run("git", "rev-parse", "HEAD", at=repository).returncode != 0

    fine = commit(repository, "tried.py", "x: int = 1\n", skip)
    assert fine.returncode == 0, fine.stderr


def test_a_commit_without_code_costs_nothing(repository: Path) -> None:
    done = commit(repository, "NOTES.md", "A note.\n", "")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stderr.splitlines() if "..." in line]
    assert len(lines) == len(HOOKS)
    assert all(line.endswith("Skipped") for line in lines)


def test_this_tree_passes_on_a_file_of_its_own(tmp_path: Path) -> None:
    """The import rules look at all packages, types at one file; the rest takes longer and is part of `make check`."""
    options = {"SKIP": "generated,web", "PRE_COMMIT_HOME": str(tmp_path)}
    done = run(".venv/bin/pre-commit", "run", "--files", "cli/console.py", at=ROOT, **options)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 4


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_every_hook_is_a_tool_of_the_checkout(hook: dict[str, str]) -> None:
    command = shlex.split(hook["entry"])[0]
    assert hook["language"] == "system"
    assert os.access(ROOT / command, os.X_OK)


def test_the_hooks_are_what_check_runs() -> None:
    checks = run("make", "--dry-run", "check", at=ROOT).stdout
    for hook in HOOKS:
        command, *arguments = shlex.split(hook["entry"])
        scripts = [each for each in arguments if not each.startswith("-")]
        assert all(each in checks for each in (Path(command).name.replace("bijou", "cli"), *scripts)), hook["id"]
