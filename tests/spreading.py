"""How the tests are spread over processes: what shares a server or a file stays together, whole platforms take turns."""

import pytest

# Each of these starts whole platforms, browsers or encoders; beside one another they would try each other's patience.
PLATFORMS = ("journeys", "faults", "local", "deploy", "demo")
# What these folders make once for all of their tests takes longer than sharing the tests out would save.
TOGETHER = ("transcode", "contract")
LONGEST_FIRST = ("platforms", *TOGETHER)


def group(item: pytest.Item) -> str:
    """Name the tests that run in one process, in order."""
    folder = item.path.relative_to(item.config.rootpath / "tests").parts[0]
    if folder in PLATFORMS:
        return "platforms"
    return folder if folder in TOGETHER else str(item.path)


def spread(items: list[pytest.Item]) -> None:
    """Put every test into its group, and the longest groups first, so that no process is left with one of them at the end."""
    groups = {item: group(item) for item in items}
    for item, name in groups.items():
        item.add_marker(pytest.mark.xdist_group(name))
    items.sort(
        key=lambda item: LONGEST_FIRST.index(groups[item]) if groups[item] in LONGEST_FIRST else len(LONGEST_FIRST)
    )
