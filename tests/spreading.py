"""How the tests are spread over processes: what shares a server or a file stays together, whole platforms take turns."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# Each of these starts whole platforms, browsers or encoders; beside one another they would try each other's patience.
PLATFORMS = (
    "journeys",
    "players",
    "faults/test_platform.py",
    "operations/test_drill.py",
    "local",
    "deploy",
    "demo",
    "cli",
)
# What these folders make once for all of their tests takes longer than sharing the tests out would save.
TOGETHER = ("transcode", "contract", "analytics")
LONGEST_FIRST = ("platforms", *TOGETHER)


def group(nodeid: str) -> str:
    """Name the tests that run in one process, in order."""
    path = nodeid.partition("::")[0]
    folder = path.split("/")[1]
    if folder in PLATFORMS or path.removeprefix("tests/") in PLATFORMS:
        return "platforms"
    return folder if folder in TOGETHER else path


def rank(item: pytest.Item) -> int:
    """Say how early a test comes: the longest groups first, so that no process is left with one of them at the end."""
    name = group(item.nodeid)
    return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)


class Spreading(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole groups, in their order. (xdist's own `loadgroup` does nothing under pytest 9.2.)"""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
