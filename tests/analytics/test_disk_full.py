"""A sink whose disk is full says so, writes nothing, and goes on where it was once there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.analytics.places import Place, record, started

SIZE = 2 * 1024**2


@pytest.fixture
def small(place: Place) -> Iterator[Path]:
    """The object store on a disk of two megabytes."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a disk of its own needs root on Linux")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place.root)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no disk of its own: {mounted.stderr.strip()}")
    yield place.root
    subprocess.run(["umount", "-l", str(place.root)], check=True)


def test_nothing_is_written_by_half_and_nothing_is_lost(place: Place, small: Path) -> None:
    events = [started() for _ in range(60)]
    records = [record(event, number) for number, event in enumerate(events)]
    intake = place.intake()
    intake.add(records[:20])
    assert intake.flush() == 20
    filler = small / "filler"
    with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as file:
        for _ in range(SIZE // 4096 + 1):
            file.write(bytes(4096))

    intake.add(records[20:40])
    for _ in range(2):
        with pytest.raises(OSError):
            intake.flush()
    assert len(place.rows("raw.playback_sessions")) == 20

    filler.unlink()
    # One that was started anew, as a sink does after every failure, and the one that held its records all the time.
    other = place.intake()
    assert other.places == {0: 20}
    other.add(records[20:])
    assert other.flush() == 40
    rows = place.rows("raw.playback_sessions")
    assert len({row["event_id"] for row in rows}) == len(rows) == 60
