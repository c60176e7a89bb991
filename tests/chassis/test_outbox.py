"""The outbox and its consumers against a real broker, which is killed, emptied and raced."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from deploy.local.nodes.tansu import Tansu
from libs.chassis.components import Component
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer, Received, Tail
from libs.contracts.catalog import TitleChanged
from tests.chassis.conftest import eventually, note, title


@contextlib.asynccontextmanager
async def running(*components: Component) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for component in components:
            stack.push_async_callback(component.stop)
            await component.start()
        yield


async def notes(db: Database) -> dict[UUID, tuple[int, str, int]]:
    rows = await db.pool.fetch("SELECT id, version, text, applied FROM notes")
    return {row["id"]: (row["version"], row["text"], row["applied"]) for row in rows}


async def pending(db: Database) -> int:
    return int(await db.pool.fetchval("SELECT count(*) FROM outbox_pending"))


async def everything_read(bootstrap: str) -> list[tuple[str, int, str]]:
    """Every record of catalog.titles as (key, version, event id), in the order of its partition."""
    import orjson

    consumer = AIOKafkaConsumer("catalog.titles", bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: list[tuple[str, int, str]] = []
    try:
        while batch := await consumer.getmany(timeout_ms=1000):
            for records in batch.values():
                for record in records:
                    headers = dict(record.headers)
                    found.append(
                        (record.key.decode(), orjson.loads(record.value)["version"], headers["ce_id"].decode())
                    )
    finally:
        await consumer.stop()
    return found


async def test_events_are_published_in_order_and_applied_once(db: Database, fresh_broker: Tansu) -> None:
    bus = Bus(fresh_broker.bootstrap, service="sample")
    ids = [new_id() for _ in range(7)]
    async with running(bus, outbox.Relay(db, bus), Consumer("sample", db, bus, {TitleChanged: note})):
        for version in range(1, 21):
            async with db.transaction() as session:
                await outbox.add(session, *(title(i, version, f"name {version}") for i in ids))

        async def all_applied() -> bool:
            found = await notes(db)
            return len(found) == 7 and all(value == (20, "name 20", 20) for value in found.values())

        await eventually(all_applied)
    published = await everything_read(fresh_broker.bootstrap)
    for i in ids:
        assert [version for key, version, _ in published if key == str(i)] == list(range(1, 21))


async def test_a_rolled_back_write_publishes_nothing(db: Database, fresh_broker: Tansu) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with db.transaction() as session:
            await outbox.add(session, title(new_id(), 1))
            raise ZeroDivisionError
    assert await db.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_broker_that_lost_its_data_gets_everything_again(db: Database, fresh_broker: Tansu) -> None:
    bus = Bus(fresh_broker.bootstrap, service="sample", forgets=True)
    before, after = [new_id() for _ in range(5)], [new_id() for _ in range(5)]
    async with running(bus, outbox.Relay(db, bus), Consumer("sample", db, bus, {TitleChanged: note})):
        async with db.transaction() as session:
            await outbox.add(session, *(title(i, 1) for i in before))

        async def first_applied() -> bool:
            return len(await notes(db)) == 5

        await eventually(first_applied)
        fresh_broker.kill()
        async with db.transaction() as session:  # a write while the broker is away is acknowledged and kept
            await outbox.add(session, *(title(i, 1) for i in after))
        fresh_broker.start()

        async def all_applied() -> bool:
            return len(await notes(db)) == 10

        await eventually(all_applied)

        async def all_republished() -> bool:
            return await pending(db) == 0

        await eventually(all_republished)
        assert {i for i, (_, _, applied) in (await notes(db)).items() if applied != 1} == set()
    # A consumer that is new after the loss can still learn everything.
    assert {key for key, _, _ in await everything_read(fresh_broker.bootstrap)} == {str(i) for i in before + after}


async def test_two_relays_lose_and_reorder_nothing(db: Database, fresh_broker: Tansu) -> None:
    first, second = Bus(fresh_broker.bootstrap, service="a"), Bus(fresh_broker.bootstrap, service="b")
    ids = [new_id() for _ in range(5)]
    async with running(first, second, outbox.Relay(db, first)):
        async with running(outbox.Relay(db, second)):
            for version in range(1, 11):
                async with db.transaction() as session:
                    await outbox.add(session, *(title(i, version) for i in ids))
        for version in range(11, 21):
            async with db.transaction() as session:
                await outbox.add(session, *(title(i, version) for i in ids))

        async def drained() -> bool:
            return await pending(db) == 0

        await eventually(drained)
    published = await everything_read(fresh_broker.bootstrap)
    for i in ids:
        versions = [version for key, version, _ in published if key == str(i)]
        assert list(dict.fromkeys(versions)) == list(range(1, 21))


async def test_poison_is_put_aside_with_its_reason_and_the_rest_moves_on(db: Database, fresh_broker: Tansu) -> None:
    bus = Bus(fresh_broker.bootstrap, service="sample")
    good, bad = [new_id() for _ in range(4)], new_id()
    tries = 0

    async def picky(session: object, event: Received[TitleChanged]) -> None:
        nonlocal tries
        if event.data.title_id == bad:
            tries += 1
            raise ValueError("this one cannot be digested")
        await note(session, event)  # type: ignore[arg-type]

    async with running(bus, outbox.Relay(db, bus), Consumer("sample", db, bus, {TitleChanged: picky})):
        await bus.ready()
        producer = AIOKafkaProducer(bootstrap_servers=fresh_broker.bootstrap)
        await producer.start()
        headers = [("ce_id", str(new_id()).encode()), ("ce_type", TitleChanged.TYPE.encode())]
        await producer.send_and_wait("catalog.titles", b"{not json", key=b"x", headers=headers)
        await producer.stop()
        async with db.transaction() as session:
            await outbox.add(session, title(good[0], 1), title(bad, 1), *(title(i, 1) for i in good[1:]))

        async def settled() -> bool:
            letters = await db.pool.fetchval("SELECT count(*) FROM dead_letters")
            return letters == 2 and set(await notes(db)) == set(good)

        await eventually(settled)
    reasons = sorted(row["reason"] for row in await db.pool.fetch("SELECT reason FROM dead_letters"))
    assert reasons[1] == "ValueError: this one cannot be digested"
    assert reasons[0].startswith("Malformed")
    assert tries >= 5


async def test_a_tail_reads_from_the_beginning_and_follows(db: Database, fresh_broker: Tansu) -> None:
    bus = Bus(fresh_broker.bootstrap, service="sample", forgets=True)
    seen: list[str] = []

    async def remember(event: Received[TitleChanged]) -> None:
        seen.append(event.data.name)

    async with running(bus, outbox.Relay(db, bus)):
        async with db.transaction() as session:
            await outbox.add(session, title(new_id(), 1, "before"))

        async def drained() -> bool:
            return await pending(db) == 0

        await eventually(drained)
        async with running(Tail("sample", bus, {TitleChanged: remember})):
            async with db.transaction() as session:
                await outbox.add(session, title(new_id(), 1, "after"))

            async def both() -> bool:
                return set(seen) == {"before", "after"}

            await eventually(both)


async def test_nothing_waits_for_a_broker_that_is_not_there(db: Database) -> None:
    bus = Bus("127.0.0.1:1", service="sample")
    async with (
        asyncio.timeout(5),
        running(bus, outbox.Relay(db, bus), Consumer("sample", db, bus, {TitleChanged: note})),
    ):
        async with db.transaction() as session:
            await outbox.add(session, title(new_id(), 1))
        with pytest.raises(Exception, match="onnect"):
            await bus.check()
    assert await db.pool.fetchval("SELECT count(*) FROM outbox") == 1
