"""What each folder of tests costs, printed after a run."""

from collections import defaultdict

import pytest


def by_folder(terminal: pytest.TerminalReporter) -> dict[str, float]:
    """Seconds of set-up, test and tear-down, the dearest folder first."""
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminal.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                path = report.nodeid.partition("::")[0].split("/")
                seconds[path[1] if len(path) > 2 else "."] += report.duration
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def line(terminal: pytest.TerminalReporter) -> str:
    """Return the folders and their seconds in one line."""
    return ", ".join(f"{folder} {spent:.0f}" for folder, spent in by_folder(terminal).items() if spent >= 1)
