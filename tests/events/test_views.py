"""One closed record of every viewing: from what arrives in any order and more than once, and again for what comes late."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus
from libs.contracts.client import PlaybackTold
from libs.contracts.envelope import Event
from libs.contracts.identity import AccountChanged
from libs.contracts.playback import ProgressUpdated, SessionEnded, SessionStarted
from libs.contracts.views import ViewClosed
from services.events.consumers import consumers
from services.events.service import viewings
from tests.chassis.records import record
from tests.conftest import DatabaseFactory
from tests.events.conftest import NOON

ACCOUNT, PROFILE, TITLE, PLAYABLE = (UUID(int=number) for number in range(1, 5))


class Views:
    """The consumers on a database of their own, and what they publish."""

    def __init__(self, db: Database) -> None:
        self.clock = FrozenClock(NOON)
        self.db = db
        (self.consumer,) = consumers(db, Bus("127.0.0.1:1", service="events"), self.clock)
        self.session_id = new_id()

    async def hear(self, *events: Event) -> None:
        for event in events:
            await self.consumer.apply([record(event)])

    async def closed(self) -> list[ViewClosed]:
        """Close what is due, and return all that was ever published, the oldest first."""
        async with self.db.background() as session:
            await viewings.close(session, self.clock.now())
        rows = await self.db.pool.fetch("SELECT payload FROM outbox WHERE topic = 'events.views' ORDER BY id")
        return [ViewClosed.model_validate(row["payload"]) for row in rows]

    def started(self, **fields: Any) -> SessionStarted:
        told = {
            "session_id": self.session_id, "account_id": ACCOUNT, "profile_id": PROFILE, "title_id": TITLE,
            "playable_id": PLAYABLE, "asset_id": new_id(), "position": 0.0, "started_at": NOON,
        }  # fmt: skip
        return SessionStarted(**{**told, **fields})

    def ended(self, seconds: float, reason: Any = "stopped") -> SessionEnded:
        return SessionEnded(
            session_id=self.session_id, account_id=ACCOUNT, profile_id=PROFILE, playable_id=PLAYABLE, reason=reason,
            position=seconds, ended_at=NOON + timedelta(seconds=seconds),
        )  # fmt: skip

    def beat(self, seq: int, seconds: float, state: Any = "playing", position: float | None = None) -> ProgressUpdated:
        return ProgressUpdated(
            profile_id=PROFILE, account_id=ACCOUNT, session_id=self.session_id, title_id=TITLE, playable_id=PLAYABLE, seq=seq,
            position=seconds if position is None else position, duration=5400, state=state,
            occurred_at=NOON + timedelta(seconds=seconds),
        )  # fmt: skip

    def beacon(self, sn: int, **fields: Any) -> PlaybackTold:
        told = {
            "id": new_id(), "type": "playback", "at": NOON, "session_id": self.session_id, "title_id": TITLE,
            "playable_id": PLAYABLE, "sn": sn, "sta": "playing", "account_id": ACCOUNT, "profile_id": PROFILE, "country": "PT",
            "app": "web", "app_version": "1.4.0", "consent": "necessary", "occurred_at": NOON, "received_at": NOON,
        }  # fmt: skip
        return PlaybackTold(**{**told, **fields})


@pytest.fixture
async def views(database: DatabaseFactory) -> AsyncIterator[Views]:
    db = Database(await database("services.events"))
    await db.start()
    yield Views(db)
    await db.stop()


async def test_a_viewing_has_one_record_from_all_that_was_heard_of_it(views: Views) -> None:
    impression = new_id()
    await views.hear(
        views.started(), views.beat(1, 10), views.beat(2, 40), views.beat(3, 70, "paused"), views.beat(4, 100, position=70),
        views.beacon(1, watched_ms=30_000, bsa=9),
        views.beacon(
            2, watched_ms=70_500, msd=640, bsa=1, bsda=1_500, switches=2, mean_height=720.0, impression_id=impression,
            exit="left", edge="lis",
        ),
        views.ended(100),
    )  # fmt: skip
    views.clock.advance(129)
    assert await views.closed() == []
    views.clock.advance(2)
    (view,) = await views.closed()
    assert await views.closed() == [view]
    assert (view.revision, view.told_by, view.exit_reason, view.country) == (1, "player", "left", "PT")
    assert (view.startup_ms, view.watched_wall, view.watched_media) == (640, 70.5, 70.0)
    assert (view.rebuffer_count, view.rebuffer_seconds, view.rebuffer_ratio) == (1, 1.5, 0.0208)
    assert (view.switches, view.mean_height, view.impression_id, view.edge) == (2, 720.0, impression, "lis")
    assert (view.session_id, view.profile_id, view.title_id) == (views.session_id, PROFILE, TITLE)


async def test_it_is_the_same_in_whatever_order_and_however_often_it_is_heard(views: Views) -> None:
    known: list[ViewClosed] = []
    for number in range(4):
        views.session_id = UUID(int=100 + number)
        # Heartbeats of a profile keep their order; topics do not wait for each other.
        beats = [views.beat(1, 10), views.beat(2, 40), views.beat(3, 70)]
        others = [
            views.started(),
            views.ended(70),
            views.beacon(1, watched_ms=69_000),
            views.beacon(0, watched_ms=1_000),
        ]
        order = random.Random(number)
        order.shuffle(others)
        await views.hear(*others[:1], *beats, *others, *beats, *others[1:])
        views.clock.advance(200)
        known = await views.closed()
    assert [view.session_id.int for view in known] == [100, 101, 102, 103]
    assert {view.revision for view in known} == {1}
    same = {view.model_dump_json(exclude={"session_id", "closed_at"}) for view in known}
    assert len(same) == 1


async def test_what_comes_late_makes_a_revision_and_never_a_second_record(views: Views) -> None:
    await views.hear(views.started(), views.beat(1, 60), views.ended(60, "expired"))
    views.clock.advance(100)
    (first,) = await views.closed()
    assert (first.revision, first.told_by, first.watched_wall, first.startup_ms) == (1, "heartbeats", 60.0, None)
    # The device was offline for a day; what it tells then, it tells twice.
    views.clock.advance(86_400)
    late = views.beacon(7, watched_ms=61_000, msd=500, exit="ended")
    await views.hear(late, late)
    views.clock.advance(31)
    first_again, second = await views.closed()
    assert first_again == first
    assert (second.revision, second.session_id, second.exit_reason, second.startup_ms) == (
        2,
        first.session_id,
        "ended",
        500,
    )
    # What says nothing new is no revision.
    await views.hear(views.beacon(8, watched_ms=61_000, msd=500, exit="ended"))
    views.clock.advance(31)
    assert len(await views.closed()) == 2
    # After two days nobody waits any more.
    views.clock.advance(2 * 86_400)
    await views.hear(views.beacon(9, watched_ms=99_000))
    views.clock.advance(31)
    assert len(await views.closed()) == 2


async def test_another_profiles_word_says_nothing_of_a_viewing(views: Views) -> None:
    stranger = views.beacon(3, watched_ms=9_000_000, profile_id=new_id())
    await views.hear(stranger, views.started(), views.beat(1, 30), stranger, views.ended(30))
    views.clock.advance(100)
    (view,) = await views.closed()
    assert (view.told_by, view.watched_wall) == ("heartbeats", 30.0)


async def test_another_profiles_word_is_in_nobodys_way(views: Views) -> None:
    """Told before anybody knew whose the viewing is, under the highest number there is."""
    stranger = views.beacon(10_000_000, watched_ms=9_000_000, profile_id=new_id())
    await views.hear(stranger, views.started(), views.beacon(1, watched_ms=29_000), views.beat(1, 30), views.ended(30))
    views.clock.advance(100)
    (view,) = await views.closed()
    assert (view.told_by, view.watched_wall) == ("player", 29.0)


async def test_two_sweepers_at_once_close_each_record_once(views: Views) -> None:
    for number in range(20):
        views.session_id = UUID(int=500 + number)
        # Of profiles of their own: the second would wait for the first to count a day of one.
        await views.hear(views.started(profile_id=UUID(int=600 + number)), views.ended(10))
    views.clock.advance(100)
    async with views.db.background() as one, views.db.background() as other:
        counts = [await viewings.close(one, views.clock.now(), 12), await viewings.close(other, views.clock.now(), 12)]
    assert counts == [12, 8]
    assert len({view.session_id for view in await views.closed()}) == len(await views.closed()) == 20


@pytest.mark.parametrize("gone", [{"status": "erased"}, {"erased_profiles": (PROFILE,)}], ids=["account", "profile"])
async def test_of_who_was_erased_nothing_is_left(views: Views, gone: dict[str, Any]) -> None:
    await views.hear(views.started(), views.beat(1, 30), views.ended(30))
    # Of a viewing that playback never told of, or has not told of yet.
    await views.hear(views.beacon(1, session_id=new_id(), watched_ms=4_000))
    erased = AccountChanged(account_id=ACCOUNT, version=2, changed_at=datetime.now(NOON.tzinfo), **gone)
    await views.hear(erased)
    views.clock.advance(100)
    assert await views.closed() == []
    assert await views.db.pool.fetchval("SELECT count(*) FROM viewings") == 0
    # The topics still hold it, and more of it may be on its way: read again, or late, it makes nothing.
    await views.hear(views.beacon(1, msd=400), views.started(), views.beat(2, 60), views.ended(60))
    assert await views.db.pool.fetchval("SELECT count(*) FROM viewings") == 0
    other = {"account_id": UUID(int=98), "profile_id": UUID(int=99), "session_id": new_id()}
    await views.hear(views.started(**other))
    assert await views.db.pool.fetchval("SELECT count(*) FROM viewings") == 1
