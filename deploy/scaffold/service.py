"""Writes an empty but running service: its folder, its contracts, its tests, and its entry in the table of the platform."""

from __future__ import annotations

import keyword
import re
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from deploy.topology import BACKENDS, EDGE, SERVICES

TEMPLATES = Path(__file__).parent / "templates"
ENTRY = TEMPLATES / "entry.template"
TABLE = "deploy/topology.py"
# What follows the rows of those who own rows, after the last of which a new one goes.
LAST_ROW = ")  # fmt: skip\n\nLAKE ="
NAME = re.compile("[a-z][a-z0-9]{1,30}")


class NotThatName(Exception):
    """A service cannot be called that."""


def write(name: str, root: Path) -> list[str]:
    """Write a service into the tree at `root`; return the paths of what was written. Raises NotThatName."""
    _check(name)
    filled = {"name": name, "Name": name.capitalize(), "port": str(_port()), "date": f"{datetime.now(UTC):%Y_%m_%d}"}
    made = {
        _place(path, filled): Template(path.read_text()).substitute(filled)
        for path in sorted(TEMPLATES.rglob("*.template"))
        if path != ENTRY
    }
    taken = [path for path in made if (root / path).exists()]
    if taken:
        raise NotThatName(f"{taken[0]} is there already.")
    table = (root / TABLE).read_text()
    if LAST_ROW not in table:
        raise NotThatName(f"{TABLE} has no row of the lake after its services, before which a new one would go.")
    made[TABLE] = table.replace(LAST_ROW, Template(ENTRY.read_text()).substitute(filled) + LAST_ROW)
    for path, text in made.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return sorted(made)


def _check(name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise NotThatName(
            f"{name!r} cannot be the name of a folder, a database and a path: 2 to 31 small letters and digits can, "
            "a letter first, where they are no word of Python's own."
        )
    taken = {each.name for each in (*SERVICES, EDGE, *BACKENDS)} | {
        prefix.split("/")[1] for s in SERVICES for prefix in s.serves
    }
    if name in taken:
        raise NotThatName(f"{name} is taken: a part of the platform, or a path of its API, is called that.")


def _port() -> int:
    return 1 + max(service.port for service in SERVICES if service.port)


def _place(template: Path, filled: dict[str, str]) -> str:
    path = template.relative_to(TEMPLATES).with_suffix("").as_posix()
    return path.replace("NAME", filled["name"]).replace("DATE", filled["date"])
