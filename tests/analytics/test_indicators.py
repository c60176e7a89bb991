"""How good the data is, told by the tables themselves: whoever took it in, and however often that was started anew."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.chassis.clock import FrozenClock, SystemClock
from pipelines.analytics.service.indicators import KEPT, Indicators
from pipelines.analytics.settings import Settings
from pipelines.analytics.tables import Lake
from tests.analytics.places import SESSIONS, Place, raw, record, started


def settings(place: Place) -> Settings:
    return Settings(database_url=place.database_url, object_store_url=place.store_url, kafka_bootstrap="127.0.0.1:1")


def told(place: Place, hours: int = 24) -> dict[str, Any]:
    report = asyncio.run(Indicators(settings(place), SystemClock()).report(hours))
    (found,) = (each for each in report.topics if each.topic == SESSIONS)
    return found.model_dump(exclude={"topic"})


def test_what_came_late_twice_or_broken_is_counted_over_all_commits(place: Place) -> None:
    nothing = {"rows": 0, "late": 0, "duplicates": 0, "violations": 0, "newest_at": None, "behind_seconds": None}
    assert told(place) == nothing
    now = SystemClock().now()
    late = [record(started(), number, at=now - timedelta(hours=2)) for number in range(2)]
    soon = record(started(), 2, at=now)
    for records in ([*late, soon], [late[0], raw(SESSIONS, "k", b"{", {}, 3), raw(SESSIONS, "k", b"", {}, 4)]):
        intake = place.intake()
        intake.add(records)
        intake.flush()
    found = told(place)
    assert {name: found[name] for name in list(nothing)[:4]} == {"rows": 3, "late": 2, "duplicates": 1, "violations": 2}
    assert found["newest_at"] >= now and found["behind_seconds"] > 0


def test_which_columns_have_no_value_is_told_by_table(two_weeks: Place) -> None:
    report = asyncio.run(Indicators(settings(two_weeks), SystemClock()).report(1))
    nulls = {(each.table, each.column): each.share for each in report.nulls}
    # On the newest day one view was told, by a player that knew all but where it was recommended.
    assert nulls["lake.views", "recommendation_id"] == 1
    assert not any(column in ("day", "session_id", "account_id") for _, column in nulls)


async def test_who_asks_together_or_soon_after_shares_one_reading(
    two_weeks: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Lake] = []
    open_ = Lake.__init__

    def noted(lake: Lake, *arguments: Any) -> None:
        opened.append(lake)
        open_(lake, *arguments)

    monkeypatch.setattr(Lake, "__init__", noted)
    clock = FrozenClock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    indicators = Indicators(settings(two_weeks), clock)
    reports = await asyncio.gather(*(indicators.report(1 + number) for number in range(10)))
    assert len(opened) == 1
    assert {report.until - report.since for report in reports} == {timedelta(hours=1 + number) for number in range(10)}
    clock.advance(KEPT.total_seconds())
    await indicators.report(1)
    assert len(opened) == 2
