"""A day of viewing, heard again: by another consumer, by two at once, and days later after a tidying. No count changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord

from libs.chassis.housekeeping import Housekeeping
from libs.chassis.messaging.bus import Bus
from libs.contracts.client import CLIENT
from libs.contracts.envelope import Event
from services.events.consumers import consumers
from services.events.models import Base
from services.events.service import trending
from tests.chassis.records import records
from tests.events.conftest import NOON
from tests.events.test_experiments import met, put_cards, theirs
from tests.events.test_views import Views, views

__all__ = ["views"]


def a_day(views: Views) -> list[ConsumerRecord[bytes, bytes]]:
    """Thirty viewings of ten profiles, their heartbeats, what players told, and arms that were met."""
    told: list[Event] = []
    for number in range(30):
        views.session_id, who = UUID(int=900 + number), UUID(int=50 + number % 10)
        at = NOON + timedelta(minutes=number)
        told += [
            views.started(started_at=at, profile_id=who),
            *(
                views.beat(seq, 0, position=30.0 * seq).model_copy(
                    update={"profile_id": who, "occurred_at": at + timedelta(seconds=30 * seq)}
                )
                for seq in range(1, 6)
            ),
            views.beacon(1, profile_id=who, watched_ms=150_000, msd=400 + number, bsda=number),
            views.ended(0).model_copy(update={"ended_at": at + timedelta(seconds=150)}),
            met(theirs(who), who),
        ]
    # Topics do not wait for each other.
    return records(*sorted(told, key=lambda event: event.TYPE))


async def counts(views: Views) -> dict[str, Any]:
    """Everything that is counted, and everything that was published."""
    await views.closed()
    async with views.db.background() as session:
        await trending.publish(session, views.clock.now())
    found: dict[str, Any] = {}
    for table, order in (("title_hours", "1, 2, 3"), ("profile_days", "1, 2"), ("exposures", "1, 2")):
        found[table] = [tuple(row) for row in await views.db.pool.fetch(f"SELECT * FROM {table} ORDER BY {order}")]
    query = "SELECT count(*) FROM outbox WHERE topic = 'events.views'"
    return {**found, "views": await views.db.pool.fetchval(query)}


def another(views: Views) -> Any:
    (found,) = consumers(views.db, Bus("127.0.0.1:1", service="events"), views.clock)
    return found


async def test_a_day_that_is_replayed_changes_no_count(views: Views) -> None:
    await put_cards(views)
    day = a_day(views)
    await views.consumer.apply(day)
    views.clock.advance(3_600)
    first = await counts(views)
    assert first["views"] == 30
    assert sum(row[3] for row in first["title_hours"] if row[0] == "world") == 10
    await another(views).apply(day)
    views.clock.advance(3_600)
    assert await counts(views) == first
    # Six days later, when the topics still have all of it and what was tidied is gone.
    views.clock.advance(6 * 86_400)
    await Housekeeping(views.db, Base, clock=views.clock).tidy()
    await views.db.pool.execute("DELETE FROM inbox")
    before = await counts(views)
    await another(views).apply(day)
    views.clock.advance(3_600)
    assert (await counts(views))["profile_days"] == before["profile_days"] == first["profile_days"]
    assert (await counts(views))["title_hours"] == first["title_hours"]


async def test_a_broker_that_lost_its_data_takes_nothing_that_was_counted_and_counts_nothing_twice(
    views: Views,
) -> None:
    """Other services publish again what their databases hold; what apps told is nowhere else, and is here already."""
    await put_cards(views)
    day = a_day(views)
    await views.consumer.apply(day)
    views.clock.advance(3_600)
    first = await counts(views)
    again = [record for record in day if record.topic != CLIENT.name]
    assert 0 < len(again) < len(day)
    # A new epoch is a new group: it begins at the beginning, in a process that knows nothing but the database.
    await another(views).apply(again)
    views.clock.advance(3_600)
    assert await counts(views) == first
    assert (sum(row[3] for row in first["profile_days"]), len(first["exposures"])) == (30, 10)


async def test_two_consumers_at_once_count_nothing_twice(views: Views) -> None:
    """After a consumer froze past its session: the other one applies what the first has in hand too."""
    await put_cards(views)
    day = a_day(views)
    half = len(day) // 2
    async with asyncio.timeout(60):
        await asyncio.gather(
            views.consumer.apply(day[: half + 40]), another(views).apply(day[half - 40 :]), another(views).apply(day)
        )
    views.clock.advance(3_600)
    found = await counts(views)
    assert found["views"] == 30
    assert sum(row[3] for row in found["profile_days"]) == 30
    assert sum(row[3] for row in found["title_hours"] if row[0] == "world") == 10


async def test_every_row_has_its_time(views: Views) -> None:
    await put_cards(views)
    await views.consumer.apply(a_day(views))
    views.clock.advance(3_600)
    await counts(views)
    views.clock.advance(400 * 86_400)
    gone = await Housekeeping(views.db, Base, clock=views.clock).tidy()
    assert gone.keys() >= {"viewings", "title_viewers", "title_hours", "profile_days", "exposures"}
