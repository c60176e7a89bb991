"""Which packages each image holds: names, whose versions and hashes the lock knows.

They are read from what is installed: nothing has to be resolved anew, and an image cannot hold anything that was not tested.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.topology import SERVICES

ROOT = Path(__file__).resolve().parents[2]
# Everyone's, in the layer that all images share.
HOUSE = "house"


def lists() -> dict[str, list[str]]:
    """Names of packages, by whose they are: `house` has those of all, a service what it has besides."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    everyones = closure(project["dependencies"])
    found = {HOUSE: sorted(everyones)}
    for service in SERVICES:
        if not service.shares:
            extras = (service.name, *service.extras)
            wanted = [line for extra in extras for line in project["optional-dependencies"].get(extra, ())]
            found[service.name] = sorted(closure(wanted) - everyones)
    return found


def closure(wanted: Iterable[str]) -> set[str]:
    """The packages that satisfy requirements, with all that they require themselves."""
    found: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in wanted]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        for extra in ("", *requirement.extras):
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            found.add(name)
            for line in requires(name) or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    needed.marker = None
                    waiting.append(needed)
    return found
