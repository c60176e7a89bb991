"""What a newcomer reads names only files and folders that are there, and leaves no room out."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("services", "gateway", "pipelines", "deploy", "demo", "bench")
READ_FIRST = ("CONTRIBUTING.md", "README.md", "ARCHITECTURE.md", "docs/adding-a-service.md")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
MODULE = re.compile(r"[\w/-]+\.py\b")
A_PATH = re.compile(r"[\w.<>-]+(/[\w.<>-]+)*/?")

# Made by the first start, and by whoever adds a service: what is said of these is held elsewhere.
THE_DATA, TEMPLATES = "var/", ROOT / "deploy/scaffold/templates"


def named(text: str) -> set[str]:
    """Return the paths that a text quotes or links to. A route begins with a slash, an address has a colon."""
    text = FENCED.sub("", text)
    quoted = {found for found in QUOTED.findall(text) if A_PATH.fullmatch(found) and found != THE_DATA}
    paths = {found for found in quoted if "/" in found}
    return paths | {found for found in LINK.findall(text) if ":" not in found}


def is_there(path: str, beside: Path) -> bool:
    """Whether it leads somewhere from the root or the page. `<name>` is any name, `rewards` the service that is to be added."""
    pattern = re.sub(r"<\w+>", "*", path).rstrip("/")
    if "rewards" in path:
        return any(TEMPLATES.glob(pattern.replace("rewards", "NAME") + end) for end in ("", ".template"))
    return any(list(folder.glob(pattern)) for folder in (ROOT, beside))


@pytest.mark.parametrize("page", READ_FIRST)
def test_every_path_it_names_exists(page: str) -> None:
    paths = named((ROOT / page).read_text())
    assert paths
    assert not [path for path in sorted(paths) if not is_there(path, (ROOT / page).parent)]


def test_every_room_is_named() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    rooms = {*linter["root_packages"], "web", "bench", "tests", "docs"}
    assert rooms <= {path.split("/")[0] for path in named((ROOT / "CONTRIBUTING.md").read_text())}


@pytest.mark.parametrize(
    "page", sorted(str(path.relative_to(ROOT)) for room in ROOMS for path in (ROOT / room).rglob("README.md"))
)
def test_every_module_that_a_readme_quotes_exists(page: str) -> None:
    beside = (ROOT / page).parent
    modules = set(MODULE.findall((ROOT / page).read_text()))
    assert not [module for module in sorted(modules) if not (ROOT / module).exists() and not any(beside.rglob(module))]
