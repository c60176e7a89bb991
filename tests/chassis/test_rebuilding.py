"""Projections made again, dead letters applied again, topics published again: on a real broker and a real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local.nodes.tansu import Tansu
from libs.chassis.components import Component
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import dead_letters, outbox, redriving, replaying
from libs.chassis.messaging.bus import Bus, BusUnavailable
from libs.chassis.messaging.consumers import Batch, Consumer, Handler, Received
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged
from tests.chassis.conftest import eventually, note, title
from tests.chassis.records import records


@contextlib.asynccontextmanager
async def running(*components: Component) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for component in components:
            stack.push_async_callback(component.stop)
            await component.start()
        yield


async def notes(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
    for event in events:
        await note(session, event)


async def applied(db: Database) -> dict[UUID, int]:
    return {row["id"]: row["applied"] for row in await db.pool.fetch("SELECT id, applied FROM notes")}


def reader(db: Database, bus: Bus, handler: Handler, schema: int = 1) -> Consumer:
    return Consumer("sample", db, bus, {TitleChanged: handler}, schema=schema)


async def published(db: Database, *titles: TitleChanged) -> None:
    async with db.transaction() as session:
        await outbox.add(session, *titles)


async def test_a_projection_is_made_again_when_its_schema_has_grown(db: Database, fresh_broker: Tansu) -> None:
    bus = Bus(fresh_broker.bootstrap, service="sample")
    ids = [new_id() for _ in range(5)]
    async with running(bus, outbox.Relay(db, bus)):
        # The same release again begins nothing; a newer one does; the older one, still there for a while, does not.
        for schema, times in ((1, 1), (1, 1), (2, 2), (1, 2), (2, 3)):
            if times == 1:
                await published(db, *(title(i, 1) for i in ids))
            before = await applied(db)
            async with running(reader(db, bus, Batch(notes, repeatable=True), schema)):
                extra = new_id()
                await published(db, title(extra, 1))

                async def settled(extra: UUID = extra, times: int = times) -> bool:
                    now = await applied(db)
                    return extra in now and (times == 1 or all(now[i] >= times for i in ids))

                await eventually(settled)
            assert before.keys() <= (await applied(db)).keys()
        row = await db.pool.fetchrow("SELECT schema, generation FROM projections")
        assert row is not None and tuple(row) == (2, 2)


async def test_what_nobody_waits_for_holds_up_nothing_else(db: Database, fresh_broker: Tansu) -> None:
    """One topic's handler never ends; another topic's events are applied by the same consumer all the same."""
    bus = Bus(fresh_broker.bootstrap, service="sample")
    begun = asyncio.Event()

    async def stuck(_session: AsyncSession, _events: Sequence[Received[AccountChanged]]) -> None:
        begun.set()
        await asyncio.Event().wait()

    consumer = Consumer(
        "sample", db, bus, {AccountChanged: Batch(stuck, repeatable=True), TitleChanged: Batch(notes, repeatable=True)}
    )
    account, wanted = new_id(), new_id()
    async with running(bus, outbox.Relay(db, bus), consumer):
        async with db.transaction() as session:
            changed = title(account, 1).changed_at
            await outbox.add(session, AccountChanged(account_id=account, version=1, changed_at=changed))
        await asyncio.wait_for(begun.wait(), 30)
        await published(db, title(wanted, 1))

        async def arrived() -> bool:
            return wanted in await applied(db)

        await eventually(arrived)


async def test_a_topic_is_applied_again_and_published_again(db: Database, fresh_broker: Tansu) -> None:
    bus = Bus(fresh_broker.bootstrap, service="sample")
    ids = [new_id() for _ in range(20)]
    consumer = reader(db, bus, Batch(notes, repeatable=True))
    async with running(bus, outbox.Relay(db, bus)):
        await published(db, *(title(i, 1) for i in ids))
        await published(db, *(title(i, 2) for i in ids))
        assert await db.pool.fetchval("SELECT count(*) FROM outbox") == 40

        async def all_published() -> bool:
            return not await db.pool.fetchval("SELECT count(*) FROM outbox_pending")

        await eventually(all_published)
        await db.pool.execute("DELETE FROM notes")
        # What somebody dropped as a dead letter is not tried again, and the others are applied.
        await db.pool.execute(
            "INSERT INTO dead_letter_acts (letter_id, act, consumer, topic, event_id)"
            " SELECT 1, 'dropped', 'sample', topic, event_id FROM outbox ORDER BY id LIMIT 1"
        )
        done = await replaying.replay(db, consumer, bus, "catalog.titles")
        assert done == replaying.Replayed(read=40, applied=39, aside=0, settled=1, forgotten=0)
        assert sorted((await applied(db)).values()) == [1, *[2] * 19]
        await db.pool.execute("DELETE FROM notes")
        await db.pool.execute("DELETE FROM dead_letter_acts")
        assert (await replaying.replay(db, consumer, bus, "catalog.titles")).applied == 40
        assert await applied(db) == dict.fromkeys(ids, 2)
        assert await replaying.republish(db, "catalog.titles") == 20
        await eventually(all_published)
        assert (await replaying.replay(db, consumer, bus, "catalog.titles")).applied == 60
    again = await db.pool.fetch("SELECT payload FROM outbox ORDER BY id DESC LIMIT 20")
    assert all('"version": 2' in str(row["payload"]) or row["payload"]["version"] == 2 for row in again)


async def test_a_slow_broker_is_not_taken_for_an_empty_one(
    db: Database, fresh_broker: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer takes longer than one waits for it."""
    bus = Bus(fresh_broker.bootstrap, service="sample")
    consumer = reader(db, bus, Batch(notes, repeatable=True))
    async with running(bus, outbox.Relay(db, bus)):
        await published(db, *(title(new_id(), 1) for _ in range(20)))

        async def all_published() -> bool:
            return not await db.pool.fetchval("SELECT count(*) FROM outbox_pending")

        await eventually(all_published)
        monkeypatch.setattr(replaying, "WAIT_MS", 1)
        assert (await replaying.replay(db, consumer, bus, "catalog.titles")).applied == 20
    assert len(await applied(db)) == 20


async def test_a_replay_without_a_broker_says_so(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "CONNECT_SECONDS", 0.5)
    bus = Bus("127.0.0.1:1", service="sample")
    async with running(bus):
        with pytest.raises(BusUnavailable, match=r"127\.0\.0\.1"):
            await replaying.replay(db, reader(db, bus, Batch(notes)), bus, "catalog.titles")


async def test_publishing_again_never_lets_an_older_event_be_the_newest(db: Database) -> None:
    """While a topic is being published again, somebody writes the next version of a key."""
    one = new_id()
    await published(db, title(one, 1))
    await asyncio.gather(replaying.republish(db, "catalog.titles"), published(db, title(one, 2)))
    newest = await db.pool.fetchval("SELECT payload ->> 'version' FROM outbox ORDER BY id DESC LIMIT 1")
    assert newest == "2"


async def outcomes(db: Database, consumer: Consumer, ids: Sequence[int]) -> list[str]:
    return [verdict.outcome for verdict in await redriving.replay(db, [consumer], ids)]


async def test_dead_letters_are_applied_again_in_their_order(db: Database) -> None:
    bus = Bus("127.0.0.1:1", service="sample")
    one, other = new_id(), new_id()
    broken = {one, other}

    async def picky(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        if broken & {event.data.title_id for event in events}:
            raise ValueError("not yet")
        await notes(session, events)

    consumer = reader(db, bus, Batch(picky))
    await consumer.apply(records(title(one, 1, "first"), title(other, 1), title(one, 2, "second")))

    async def letters() -> list[int]:
        async with db.background() as session:
            return await dead_letters.in_order(session)

    assert await db.pool.fetchval("SELECT array_agg(position ORDER BY id) FROM dead_letters") == [0, 1, 2]
    # All fail again: the second of one key is not even tried, and nothing is lost.
    assert await outcomes(db, consumer, await letters()) == ["failed", "failed", "waiting"]
    assert len(await letters()) == 3
    broken.discard(one)
    assert await outcomes(db, consumer, await letters()) == ["applied", "failed", "applied"]
    assert [(row["text"], row["applied"]) for row in await db.pool.fetch("SELECT text, applied FROM notes")] == [
        ("second", 2)
    ]
    # A second operator with the same list finds them gone, and applies nothing twice.
    broken.clear()
    (left,) = await letters()
    assert await outcomes(db, consumer, [left, left]) == ["applied"]
    assert await letters() == []
    assert await applied(db) == {one: 2, other: 1}


async def test_a_letter_that_fails_again_stays(db: Database) -> None:
    consumer = reader(db, Bus("127.0.0.1:1", service="sample"), Batch(notes))
    await db.pool.execute(
        "INSERT INTO dead_letters (consumer, topic, partition, position, event_id, type, value, reason)"
        " VALUES ('sample', 'catalog.titles', 0, 7, $1, $2, '{not json', 'Malformed'), ('gone', 't', 0, 1, NULL, NULL, '', 'x')",
        str(new_id()), TitleChanged.TYPE,
    )  # fmt: skip
    async with db.background() as session:
        letters = await dead_letters.in_order(session)
    assert await outcomes(db, consumer, letters) == ["failed", "failed"]
    assert await db.pool.fetchval("SELECT count(*) FROM dead_letters") == 2
