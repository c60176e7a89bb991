"""Tables kept in order: the same rows in fewer files, nothing older than it may be, no file that nobody names."""

from __future__ import annotations

import os
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from pipelines.analytics.domain import days_kept
from pipelines.analytics.service import maintenance
from pipelines.analytics.tables import offsets
from tests.analytics.places import NOON, Place, record, started

TABLE = "raw.playback_sessions"
LATER = timedelta(days=8)


def filled(place: Place, commits: int = 4) -> Table:
    intake = place.intake()
    for number in range(commits):
        intake.add([record(started(), 2 * number + more, at=NOON + timedelta(days=more)) for more in range(2)])
        intake.flush()
    table = place.lake().find(TABLE)
    assert table is not None
    return table


def files(place: Place, end: str = ".parquet") -> set[Path]:
    return {path for path in place.root.rglob(f"*{end}") if path.is_file()}


def test_small_files_are_put_together_and_a_sink_goes_on_as_if_nothing_was(place: Place) -> None:
    intake = place.intake()
    table = filled(place)
    before = place.rows(TABLE)
    # A sink that opened the table before, and one whose commit comes in between.
    intake.open()
    assert maintenance.compact(table, few=4) == 8
    assert len(list(table.scan().plan_files())) == 2
    assert place.rows(TABLE) == before
    assert offsets(table, "first") == {0: 8}
    intake.add([record(started(), 8)])
    assert intake.flush() == 1
    table.refresh()
    assert maintenance.compact(table, few=4) == 0


@pytest.mark.parametrize("who", ["a sink", "another keeper"])
def test_what_is_committed_while_files_are_put_together_is_there_once(
    place: Place, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """A sink of a busy topic, or a keeper whose lock was lost with its connection and which went on."""
    table, intake = filled(place), place.intake()
    intake.add([record(started(), 8)])
    write, others = vars(maintenance)["_dataframe_to_data_files"], [place.lake().find(TABLE)]

    def meanwhile(*arguments: Any) -> Any:
        written = list(write(*arguments))
        if other := others.pop() if others else None:
            if who == "a sink":
                intake.flush()
            else:
                assert maintenance.compact(other, few=4) == 8
        return written

    monkeypatch.setattr(maintenance, "_dataframe_to_data_files", meanwhile)
    assert maintenance.compact(table, few=4) == (8 if who == "a sink" else 0)
    assert (
        len({row["event_id"] for row in place.rows(TABLE)}) == len(place.rows(TABLE)) == (9 if who == "a sink" else 8)
    )
    assert place.intake().places == {0: 9 if who == "a sink" else 8}


def test_a_table_that_is_always_busy_keeps_no_other_from_being_tidied(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place, 1)
    place.lake().raw("raw.watch_progress")
    swept = []

    def sweep(table: Table, _: object) -> int:
        swept.append(table.name()[-1])
        if table.name()[-1] == "playback_sessions":
            raise CommitFailedException
        return 0

    monkeypatch.setattr(maintenance, "sweep", sweep)
    maintenance.tidy(place.lake(), NOON)
    assert swept == ["playback_sessions", "watch_progress"]


def test_a_commit_shares_the_snapshots_of_before(place: Place) -> None:
    """Each commit copies a table's metadata many times: its cost must not grow with all the commits there were."""
    table = filled(place)
    copied = deepcopy(table.metadata)
    assert copied is not table.metadata and len(copied.snapshots) == 4
    for ours, theirs in (
        (table.metadata.snapshots, copied.snapshots),
        (table.metadata.snapshot_log, copied.snapshot_log),
    ):
        assert ours is not theirs and all(one is other for one, other in zip(ours, theirs, strict=True))
    # They are frozen, so that nobody who shares them is in for a surprise.
    with pytest.raises(ValidationError):
        copied.snapshots[0].timestamp_ms = 0  # type: ignore[misc]


def test_what_is_not_named_any_more_is_gone_and_nothing_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    table = filled(place)
    maintenance.compact(table, few=4)
    lost = next(iter(files(place))).with_name("of-a-commit-that-was-lost.parquet")
    lost.write_bytes(b"")
    young = lost.with_name("of-a-commit-that-is-being-made.parquet")
    young.write_bytes(b"")
    now = NOON.fromtimestamp(young.stat().st_mtime, tz=NOON.tzinfo)
    for path in files(place, "") - {young}:
        os.utime(path, (now.timestamp() - 10 * 86_400,) * 2)
    # The snapshots are of this minute: those of before are let go eight days from now.
    assert maintenance.sweep(table, now) == 1
    maintenance.expire(table, now)
    assert len(table.snapshots()) > 1
    maintenance.expire(table, now + LATER)
    assert len(table.snapshots()) == 1
    assert maintenance.sweep(table, now) > 8
    assert not lost.exists() and young.exists()
    assert len(files(place) - {young}) == 2
    assert len(place.rows(TABLE)) == 8
    assert place.intake().places == {0: 8}


def test_rows_go_when_their_time_is_up(place: Place) -> None:
    table = filled(place, 1)
    over = NOON + timedelta(days=days_kept(TABLE))
    assert maintenance.retain(table, TABLE, over) == 0
    assert maintenance.retain(table, TABLE, over + timedelta(days=1)) == 1
    assert [row["time"] for row in place.rows(TABLE)] == [NOON + timedelta(days=1)]
    assert place.intake().places == {0: 2}


def test_all_of_it_at_once_on_every_table(two_weeks: Place) -> None:
    lake = two_weeks.lake()
    maintenance.tidy(lake, NOON)
    assert {"raw.events_client", "lake.views"} <= set(lake.names())
