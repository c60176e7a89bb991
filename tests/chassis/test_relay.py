"""The relay's lease, its plans on a large outbox, what it keeps, and that it waits instead of asking."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.local.nodes.tansu import Tansu
from libs.chassis import telemetry
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox, relay_lease
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer
from libs.chassis.messaging.relay_lease import Lease, LeaseLost
from libs.contracts.catalog import TitleChanged
from tests.chassis.conftest import eventually, note, title
from tests.chassis.test_outbox import everything_read, notes, pending, running

MANY = 100_000


async def write(db: Database, *events: TitleChanged) -> None:
    async with db.transaction() as session:
        await outbox.add(session, *events)


async def drained(db: Database) -> None:
    async def empty() -> bool:
        return await pending(db) == 0

    await eventually(empty)


@pytest.fixture
async def connection(db: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await db.direct()
    yield connection
    await connection.close()


async def fill(db: Database, rows: int, *, age: timedelta = timedelta(0)) -> None:
    """Rows about a tenth as many titles, each version 1, 2, 3 … of its title."""
    connection = await db.direct()  # which has no statement timeout
    await connection.execute(
        "INSERT INTO outbox (event_id, topic, key, type, payload, created_at)"
        " SELECT uuidv7(), 'catalog.titles', 'title ' || n % greatest($1 / 10, 1), $2,"
        " jsonb_build_object('n', n), now() - $3::interval FROM generate_series(1, $1::int) n",
        rows,
        TitleChanged.TYPE,
        age,
        timeout=120,
    )
    await connection.execute("VACUUM ANALYZE outbox")
    await connection.close()


async def plan(connection: asyncpg.Connection, query: str, *arguments: object) -> tuple[str, int]:
    """How a statement is carried out, and how many pages it touched."""
    lines = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, SUMMARY OFF, TIMING OFF) {query}", *arguments)
    text = "\n".join(line[0] for line in lines)
    pages = next(line for line in text.splitlines() if "Buffers:" in line)
    return text, sum(int(word.partition("=")[2]) for word in pages.split() if "=" in word)


async def test_a_frozen_relay_is_replaced_and_puts_nothing_out_of_order_when_it_thaws(
    db: Database, fresh_broker: Tansu
) -> None:
    ids = [new_id() for _ in range(20)]
    version = 0

    async def write_some() -> None:
        nonlocal version
        for _ in range(10):
            version += 1
            await write(db, *(title(i, version) for i in ids))

    frozen = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chassis.relay_process", db.url, fresh_broker.bootstrap
    )
    try:
        await write_some()
        await drained(db)
        writing = asyncio.create_task(write_some())
        await asyncio.sleep(0.1)
        frozen.send_signal(signal.SIGSTOP)
        await writing
        bus = Bus(fresh_broker.bootstrap, service="second")
        async with running(bus, outbox.Relay(db, bus)):
            await write_some()
            await drained(db)
            frozen.send_signal(signal.SIGCONT)
            await write_some()
            await drained(db)
            await write_some()
        await drained(db)  # by the first one, whose turn it is again
    finally:
        frozen.kill()
        await frozen.wait()
    published = await everything_read(fresh_broker.bootstrap)
    for i in ids:
        versions = [version for key, version, _ in published if key == str(i)]
        assert list(dict.fromkeys(versions)) == list(range(1, version + 1))
        assert versions[-1] == version, "a compacted topic would keep an old state"


async def test_who_lost_the_lease_cannot_write_its_position_down(connection: asyncpg.Connection) -> None:
    first = await Lease.take(connection, "epoch")
    assert first is not None
    assert await Lease.take(connection, "epoch") is None
    await connection.execute("UPDATE outbox_relay SET expires_at = now()")
    second = await Lease.take(connection, "epoch")
    assert second is not None
    first.position.upto = 1_000_000
    with pytest.raises(LeaseLost):
        await first.keep()
    await first.give_back()  # which is not its to give
    await second.keep()
    assert await connection.fetchval("SELECT upto FROM outbox_relay") == 0


async def test_after_a_freeze_the_newest_of_each_key_is_sent_last(
    db: Database, connection: asyncpg.Connection, fresh_broker: Tansu
) -> None:
    key = new_id()
    bus = Bus(fresh_broker.bootstrap, service="sample")
    async with running(bus, outbox.Relay(db, bus)):
        await write(db, title(key, 1))
        await write(db, title(key, 2), title(new_id(), 1))
        await drained(db)
        # What a relay says that finds out that it went on sending after its time: the first event may be in the topic again.
        oldest = await connection.fetchval("SELECT min(id) FROM outbox")
        await connection.execute("SELECT pg_notify('outbox', $1)", str(oldest))

        async def sent_again() -> bool:
            found = await everything_read(fresh_broker.bootstrap)
            return [version for which, version, _ in found if which == str(key)] == [1, 2, 2]

        await eventually(sent_again)


async def test_a_transaction_that_commits_late_is_published_too(
    db: Database, connection: asyncpg.Connection, fresh_broker: Tansu
) -> None:
    early, late = new_id(), new_id()
    bus = Bus(fresh_broker.bootstrap, service="sample")
    async with running(bus, outbox.Relay(db, bus)):
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            outbox.INSERT, new_id(), "catalog.titles", str(late), TitleChanged.TYPE, title(late, 1).model_dump_json()
        )
        await write(db, title(early, 1))

        async def passed() -> bool:
            return bool(await db.pool.fetchval("SELECT upto >= 2 AND NOT isempty(missing) FROM outbox_relay"))

        await eventually(passed)
        await transaction.commit()
        await drained(db)

        async def both() -> bool:
            return {key for key, _, _ in await everything_read(fresh_broker.bootstrap)} == {str(early), str(late)}

        await eventually(both)
        assert await db.pool.fetchval("SELECT isempty(missing) FROM outbox_relay")


async def test_what_is_written_after_a_crowd_goes_before_it_and_no_key_out_of_order(
    db: Database, fresh_broker: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 10)
    monkeypatch.setattr(outbox, "CROWD_SECONDS", 0.01)
    crowd, edited = [new_id() for _ in range(300)], new_id()
    bus = Bus(fresh_broker.bootstrap, service="sample", forgets=True)
    send, sent = bus.send_all, 0

    async def edits_meanwhile(*given: Any) -> list[Exception | None]:
        nonlocal sent
        sent += 1
        if sent == 3:
            await write(db, title(edited, 1), title(crowd[-1], 3))
        return await send(*given)

    monkeypatch.setattr(bus, "send_all", edits_meanwhile)
    await write(db, *(title(i, 1) for i in crowd), title(crowd[-1], 2))
    async with running(bus, outbox.Relay(db, bus)):
        await drained(db)
        assert await db.pool.fetchval(relay_lease.WAITING) == 0
    published = [(key, version) for key, version, _ in await everything_read(fresh_broker.bootstrap)]
    assert sorted(published) == sorted(
        [*((str(i), 1) for i in (*crowd, edited)), *((str(crowd[-1]), n) for n in (2, 3))]
    )
    assert published.index((str(edited), 1)) < 60, "it waited for the crowd"
    places = [published.index((str(crowd[-1]), version)) for version in (1, 2, 3)]
    assert places == sorted(places) and places[-1] < 60


async def test_who_has_written_a_crowd_goes_with_it(
    db: Database, fresh_broker: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits of its keys would be most of the crowd: a new event of one of them waits as well, each in its order."""
    monkeypatch.setattr(outbox, "BATCH", 10)
    monkeypatch.setattr(outbox, "MOST_EARLIER", 20)
    monkeypatch.setattr(outbox, "CROWD_SECONDS", 0.01)
    ids = [new_id() for _ in range(4)]
    bus = Bus(fresh_broker.bootstrap, service="sample", forgets=True)
    send, sent = bus.send_all, 0

    async def writes_again(*given: Any) -> list[Exception | None]:
        nonlocal sent
        sent += 1
        if sent == 2:
            await write(db, *(title(i, 31) for i in ids))
        return await send(*given)

    monkeypatch.setattr(bus, "send_all", writes_again)
    await write(db, *(title(i, version) for version in range(1, 31) for i in ids))
    async with running(bus, outbox.Relay(db, bus)):
        await drained(db)
        assert await db.pool.fetchval(relay_lease.WAITING) == 0
    published = await everything_read(fresh_broker.bootstrap)
    for i in ids:
        assert [version for key, version, _ in published if key == str(i)] == list(range(1, 32))


async def test_a_relay_killed_beside_a_crowd_loses_nothing(
    db: Database, connection: asyncpg.Connection, fresh_broker: Tansu
) -> None:
    crowd, edited = [new_id() for _ in range(2000)], new_id()
    await write(db, *(title(i, 1) for i in crowd))
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chassis.relay_process", db.url, fresh_broker.bootstrap
    )

    async def passed() -> bool:
        return bool(await db.pool.fetchval("SELECT NOT isempty(missing) FROM outbox_relay"))

    try:
        await eventually(passed, 120)
        await write(db, title(edited, 1), title(crowd[-1], 2))
    finally:
        killed.kill()
        await killed.wait()
    waited = await pending(db)
    assert await connection.fetchval(relay_lease.WAITING) >= waited
    await connection.execute("UPDATE outbox_relay SET expires_at = '-infinity'")
    bus = Bus(fresh_broker.bootstrap, service="second")
    async with running(bus, outbox.Relay(db, bus)):
        await drained(db)
    published = await everything_read(fresh_broker.bootstrap)
    assert {key for key, _, _ in published} == {str(i) for i in (*crowd, edited)}
    versions = [version for key, version, _ in published if key == str(crowd[-1])]
    assert list(dict.fromkeys(versions)) == [1, 2]


async def test_a_write_is_published_without_the_relay_looking_for_it(
    db: Database, fresh_broker: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 3600.0)
    bus = Bus(fresh_broker.bootstrap, service="sample")
    elsewhere = Database(db.url)  # another process: a relay that stands by, and one that has none
    async with running(bus, outbox.Relay(db, bus)):
        await write(db, title(new_id(), 1))
        await drained(db)
        async with running(elsewhere, outbox.Relay(elsewhere, bus)):
            await asyncio.sleep(0)
            await write(elsewhere, title(new_id(), 1))
            await drained(db)
        async with running(elsewhere, outbox.RelayWaker(elsewhere)):
            await write(elsewhere, title(new_id(), 1))
            await drained(db)


async def test_a_large_outbox_does_not_slow_the_relay(db: Database, connection: asyncpg.Connection) -> None:
    await fill(db, MANY)
    await connection.execute("UPDATE outbox_relay SET expires_at = 'infinity', upto = $1", MANY)
    for upto in (0, MANY // 2, MANY):  # a backlog of all, of half, and none
        text, pages = await plan(connection, relay_lease.NEW, upto, outbox.BATCH)
        assert "Seq Scan" not in text and pages < 100, text
    text, pages = await plan(connection, relay_lease.LATE, [17, 50_000], [17, 50_004], outbox.BATCH)
    assert "Seq Scan on outbox" not in text and pages < 100, text
    text, pages = await plan(connection, relay_lease.EARLIER, [90_000], [MANY], ["title 7"], 2000)
    assert "Seq Scan on outbox" not in text and pages < 1000, text
    keep = relay_lease.KEEP
    text, pages = await plan(connection, keep, 0, MANY, [], timedelta(seconds=10))
    assert "Seq Scan on outbox " not in text and pages < 100, text
    text, pages = await plan(connection, relay_lease.WAITING)
    assert "Seq Scan on outbox " not in text and pages < 100, text


async def test_purging_touches_what_it_deletes_and_no_more(db: Database, connection: asyncpg.Connection) -> None:
    await fill(db, MANY, age=timedelta(days=30))
    await connection.execute("SET enable_seqscan = off")
    await connection.execute("UPDATE outbox_relay SET expires_at = 'infinity', upto = $1", MANY)
    text, pages = await plan(connection, relay_lease.PURGE, datetime.now(UTC), 1000, [])
    assert "Seq Scan on outbox " not in text and pages < 5000, text
    assert await db.pool.fetchval("SELECT count(*) FROM outbox") == MANY - 1000


async def test_only_what_is_published_old_and_first_is_deleted(db: Database, connection: asyncpg.Connection) -> None:
    await fill(db, 10, age=timedelta(days=9))
    await fill(db, 10, age=timedelta(days=1))
    old = datetime.now(UTC) - timedelta(days=3)

    async def left() -> list[int]:
        return [row["id"] for row in await connection.fetch("SELECT id FROM outbox ORDER BY id")]

    assert await relay_lease.purge(connection, old, 100) == 0, "no relay is at work: nobody knows what the broker has"
    await connection.execute("UPDATE outbox_relay SET expires_at = 'infinity', upto = 15, missing = '{[7,8)}'")
    assert await relay_lease.purge(connection, old, 4) == 4
    assert await relay_lease.purge(connection, old, 100) == 2
    assert await left() == list(range(7, 21)), "7 may still be under way"
    await connection.execute("UPDATE outbox_relay SET missing = '{}'")
    assert await relay_lease.purge(connection, old, 100) == 4
    assert await left() == list(range(11, 21))
    await connection.execute("UPDATE outbox SET created_at = now() - interval '9 days' WHERE id <> 13")
    assert await relay_lease.purge(connection, old, 100) == 2
    assert await left() == list(range(13, 21)), "what is behind a younger row waits for it"


async def test_an_emptied_broker_gets_the_newest_of_each_key_though_its_row_is_gone(
    db: Database, fresh_broker: Tansu
) -> None:
    bus = Bus(fresh_broker.bootstrap, service="sample", forgets=True)
    ids: list[UUID] = [new_id() for _ in range(5)]
    async with running(bus, outbox.Relay(db, bus)):
        for version in range(1, 4):
            await write(db, *(title(i, version, f"name {version}") for i in ids))
        await drained(db)
        assert await relay_lease.purge(db.pool, datetime.now(UTC) + timedelta(days=1), 1000) == 15
        await write(db, title(ids[0], 4, "name 4"))
        await drained(db)
        fresh_broker.kill()
        fresh_broker.start()
        async with running(Consumer("later", db, bus, {TitleChanged: note})):

            async def all_applied() -> bool:
                found = {i: text for i, (_, text, _) in (await notes(db)).items()}
                return found == {ids[0]: "name 4", **dict.fromkeys(ids[1:], "name 3")}

            await eventually(all_applied)
    published = await everything_read(fresh_broker.bootstrap)
    assert [version for key, version, _ in published if key == str(ids[0])] == [3, 4]


async def test_what_waits_is_counted_whole_and_while_the_broker_is_away(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BROKER_SECONDS", 0.1)
    await fill(db, 1234)
    bus = Bus("127.0.0.1:1", service="sample")

    def shown() -> Any:
        return next(iter(telemetry.OUTBOX_PENDING.collect())).samples[0].value

    async with running(bus, outbox.Relay(db, bus)):

        async def told() -> bool:
            return bool(shown() == 1234)

        await eventually(told)
