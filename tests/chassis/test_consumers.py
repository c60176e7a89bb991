"""What a consumer does with the records of a partition: together where it can, apart where it must."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import database
from libs.chassis.consumers import Batch, Consumer, Handler, Received, newest
from libs.chassis.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import Bus
from libs.contracts.catalog import TitleChanged
from tests.chassis.conftest import note, title
from tests.chassis.records import raw, record, records


def consumer(db: Database, handler: Handler) -> Consumer:
    return Consumer("sample", db, Bus("127.0.0.1:1", service="sample"), {TitleChanged: handler})


async def applied(db: Database) -> dict[UUID, int]:
    return {row["id"]: row["applied"] for row in await db.pool.fetch("SELECT id, applied FROM notes")}


async def letters(db: Database) -> list[Any]:
    return await db.pool.fetch("SELECT * FROM dead_letters ORDER BY id")


async def problem(reader: Consumer) -> str:
    """What readiness says of a consumer."""
    try:
        await reader.check()
    except RuntimeError as error:
        return str(error)
    return ""


class Notes:
    """A batch handler that keeps its calls, and cannot digest some titles."""

    def __init__(self, *bad: UUID) -> None:
        self.calls: list[int] = []
        self.bad = set(bad)

    async def __call__(self, session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        self.calls.append(len(events))
        for event in events:
            await note(session, event)
        if self.bad & {event.data.title_id for event in events}:
            raise ValueError("this one cannot be digested")


async def test_a_batch_is_one_call(db: Database) -> None:
    ids, notes = [new_id() for _ in range(40)], Notes()
    await consumer(db, Batch(notes)).apply(records(*(title(i, 1) for i in ids)))
    assert notes.calls == [40]
    assert await applied(db) == dict.fromkeys(ids, 1)


async def test_what_comes_again_is_applied_once(db: Database) -> None:
    ids, notes = [new_id() for _ in range(3)], Notes()
    arriving = records(*(title(i, 1) for i in ids))
    reader = consumer(db, Batch(notes))
    await reader.apply([*arriving, arriving[0]])
    await reader.apply(arriving)
    assert await applied(db) == dict.fromkeys(ids, 1)
    assert notes.calls == [3]


async def test_what_is_repeatable_leaves_no_row_in_the_inbox(db: Database) -> None:
    await consumer(db, Batch(Notes(), repeatable=True)).apply(records(title(new_id(), 1)))
    assert len(await applied(db)) == 1
    assert await db.pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_poison_goes_aside_and_its_neighbours_are_not_tried_for_it(db: Database) -> None:
    ids = [new_id() for _ in range(256)]
    notes = Notes(ids[100])
    await consumer(db, Batch(notes)).apply(records(*(title(i, 1) for i in ids)))
    assert await applied(db) == dict.fromkeys(set(ids) - {ids[100]}, 1)
    (letter,) = await letters(db)
    assert (letter["position"], letter["reason"]) == (100, "ValueError: this one cannot be digested")
    # Once together, then two halves at each of eight steps, then the rest of five tries: not one by one, and not five times.
    assert len(notes.calls) == 1 + 8 * 2 + 4
    assert sum(notes.calls) < 4 * len(ids)


async def test_what_cannot_be_read_goes_aside_without_a_try(db: Database) -> None:
    good, notes = new_id(), Notes()
    broken = raw("catalog.titles", "x", b"{not json", {"ce_id": str(new_id()), "ce_type": TitleChanged.TYPE})
    reader = consumer(db, Batch(notes))
    await reader.apply([broken, record(title(good, 1), 1)])
    await reader.apply([broken])  # once more, as after a crash
    assert [letter["reason"].split(":")[0] for letter in await letters(db)] == ["Malformed"]
    assert notes.calls == [1]


async def test_order_holds_around_poison(db: Database) -> None:
    one, bad = new_id(), new_id()
    events = [title(one, 1, "first"), title(bad, 1), title(one, 2, "second")]
    await consumer(db, Batch(Notes(bad))).apply(records(*events))
    found = await db.pool.fetch("SELECT version, text, applied FROM notes")
    assert [tuple(row) for row in found] == [(2, "second", 2)]


async def test_no_free_connection_is_no_fault_of_an_event(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections of the consumers are all taken for longer than one waits for them; then one is given back."""
    monkeypatch.setattr(database, "POOL_SECONDS", 0.1)
    busy = Database(db.url)
    reader = consumer(busy, Batch(Notes()))
    taken = [busy.background() for _ in range(sum(database.BACKGROUND))]
    sessions = [await unit.__aenter__() for unit in taken]
    for session in sessions:
        await session.execute(text("SELECT 1"))
    applying = asyncio.create_task(reader.apply(records(title(new_id(), 1))))
    while "QueuePool" not in await problem(reader):
        await asyncio.sleep(0.01)
        assert not applying.done()
    for unit in taken:
        await unit.__aexit__(None, None, None)
    await applying
    await busy.stop()
    assert len(await applied(db)) == 1
    assert await letters(db) == []


async def test_the_consumers_connections_are_not_the_apis(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every connection of the API is taken; events are applied all the same."""
    monkeypatch.setattr(database, "POOL_SECONDS", 0.1)
    busy = Database(db.url, pool_size=1)
    taken = [busy.transaction() for _ in range(2)]
    for unit in taken:
        await (await unit.__aenter__()).execute(text("SELECT 1"))
    await consumer(busy, Batch(Notes())).apply(records(title(new_id(), 1)))
    for unit in taken:
        await unit.__aexit__(None, None, None)
    await busy.stop()
    assert len(await applied(db)) == 1


async def test_a_batch_that_takes_too_long_is_tried_in_smaller_pieces(db: Database) -> None:
    """A statement's time is limited: what the whole batch cannot do in it, its pieces can."""
    sizes: list[int] = []

    async def slow(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        sizes.append(len(events))
        await session.execute(text("SET LOCAL statement_timeout = 50"))
        await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": 0.0 if len(events) <= 2 else 10.0})

    await consumer(db, Batch(slow)).apply(records(*(title(new_id(), 1) for _ in range(8))))
    assert sizes == [8, 4, 2, 2, 2, 2]
    assert await letters(db) == []


async def test_a_database_that_was_away_gets_whole_batches_again(db: Database) -> None:
    sizes: list[int] = []

    async def away_at_first(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        sizes.append(len(events))
        if len(sizes) < 4:
            raise ConnectionError("the database is away")

    await consumer(db, Batch(away_at_first)).apply(records(*(title(new_id(), 1) for _ in range(8))))
    assert sizes == [8, 8, 8, 8]
    assert await letters(db) == []


async def test_a_nul_in_what_cannot_be_read_holds_nobody_up(db: Database) -> None:
    """Text in the database cannot hold it, so it is kept as another sign."""
    good = new_id()
    broken = raw("catalog.titles", "a\0b", b"{}", {"ce_type": TitleChanged.TYPE, "ce_id": "\0", "ce_time": "x"})
    await consumer(db, Batch(Notes())).apply([broken, record(title(good, 1), 1)])
    (letter,) = await letters(db)
    assert (letter["key"], letter["event_id"]) == ("a\N{REPLACEMENT CHARACTER}b", "\N{REPLACEMENT CHARACTER}")
    assert await applied(db) == {good: 1}


def test_the_newest_of_each_thing_in_one_order() -> None:
    first, second = sorted(new_id() for _ in range(2))
    events = [title(second, 2), title(first, 1, "a"), title(second, 1), title(first, 1, "b")]
    arrived = [Received(new_id(), TitleChanged.TYPE, event.changed_at, event.key(), event) for event in events]
    chosen = newest(arrived, lambda event: event.title_id, lambda event: event.version)
    assert [(event.title_id, event.version, event.name) for event in chosen] == [(first, 1, "b"), (second, 2, "Salt")]
