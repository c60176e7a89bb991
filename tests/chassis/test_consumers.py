"""What a consumer does with the records of a partition: together where it can, apart where it must."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import database
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.applier import TRIES
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler, Received, newest
from libs.chassis.messaging.received import Reading
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


def by_version(event: TitleChanged) -> tuple[UUID, int]:
    return event.title_id, event.version


async def test_what_is_outdated_on_arrival_is_not_handed_over(db: Database) -> None:
    one, other, notes = new_id(), new_id(), Notes()
    events = [title(one, 2, "b"), title(other, 1), title(one, 1, "a"), title(one, 3, "c")]
    await consumer(db, Batch(notes, repeatable=True, order=by_version)).apply(records(*events))
    assert notes.calls == [2]
    found = await db.pool.fetch("SELECT version, text FROM notes WHERE id = $1", one)
    assert [tuple(row) for row in found] == [(3, "c")]


async def test_what_cannot_be_applied_outdates_nothing(db: Database) -> None:
    """The newest of a title is poison: the one before it is applied, and only the newest is put aside."""
    one, other = new_id(), new_id()

    async def fussy(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        for event in events:
            await note(session, event)
        if any(event.data.version == 3 for event in events):
            raise ValueError("this one cannot be digested")

    events = [title(one, 1), title(one, 3), title(other, 1), title(one, 2, "kept")]
    await consumer(db, Batch(fussy, repeatable=True, order=by_version)).apply(records(*events))
    assert [letter["position"] for letter in await letters(db)] == [1]
    found = await db.pool.fetch("SELECT version, text FROM notes WHERE id = $1", one)
    assert [tuple(row) for row in found] == [(2, "kept")]
    assert set(await applied(db)) == {one, other}


async def test_events_that_cannot_be_compared_outdate_nothing_and_hold_nobody_up(db: Database) -> None:
    """Of one title a moment without a time zone comes between two with one: it is applied, and so is the newer of those."""
    one, other = new_id(), new_id()
    moment = datetime.now(UTC)

    def by_time(event: TitleChanged) -> tuple[UUID, datetime]:
        return event.title_id, event.changed_at

    events = [
        title(one, version).model_copy(update={"changed_at": changed_at})
        for version, changed_at in enumerate((moment, moment.replace(tzinfo=None), moment), start=1)
    ]
    await consumer(db, Batch(Notes(), repeatable=True, order=by_time)).apply(records(*events, title(other, 1)))
    assert await letters(db) == []
    assert await applied(db) == {one: 2, other: 1}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), max_size=30))
def test_reading_keeps_the_newest_of_each_in_order(told: list[tuple[int, int, bool]]) -> None:
    """Against choosing among all events afterwards; some of them cannot be read."""
    ids = [UUID(int=n) for n in range(4)]
    events = [title(ids[which], version, str(place)) for place, (which, version, _) in enumerate(told)]
    arriving = records(*events)
    reading = Reading({TitleChanged.TYPE: TitleChanged}, {TitleChanged.TYPE: by_version})
    for item, (_, _, whole) in zip(arriving, told, strict=True):
        reading.add(item if whole else raw("catalog.titles", "x", b"{", {"ce_id": "x", "ce_type": TitleChanged.TYPE}))
    readable = [(place, event) for place, (event, (_, _, whole)) in enumerate(zip(events, told, strict=True)) if whole]
    last = {event.title_id: place for place, event in sorted(readable, key=lambda item: (item[1].version, item[0]))}
    assert [event.data.name for _, event in reading.events] == [str(place) for place in sorted(last.values())]
    assert len(reading.broken) == len(told) - len(readable)
    assert len(reading.events) + reading.outdated[TitleChanged.TYPE] == len(readable)


async def too_slow(session: AsyncSession) -> None:
    """Run into a time limit that holds for this statement alone: on a busy machine any other might run into it too."""
    await session.execute(text("SET LOCAL statement_timeout = 50"))
    await session.execute(text("SELECT pg_sleep(10)"))


async def test_an_event_that_always_takes_too_long_goes_aside(db: Database) -> None:
    """Its neighbours are applied, those of its own key and in its own batch too."""
    slow, key, tries = new_id(), new_id(), 0

    async def endless(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        nonlocal tries
        for event in events:
            await note(session, event)
        if any((event.data.title_id, event.data.version) == (slow, 2) for event in events):
            tries += len(events) == 1
            await too_slow(session)

    events = [title(key, 1), title(slow, 1), title(slow, 2), title(slow, 3), title(new_id(), 1)]
    reader = consumer(db, Batch(endless))
    reader.slowest = 0.05
    await reader.apply(records(*events))
    (letter,) = await letters(db)
    assert letter["position"] == 2
    assert letter["reason"].startswith("TooSlow: A statement of this event ran into the time limit")
    assert tries == TRIES
    assert len(await applied(db)) == 3
    assert await db.pool.fetchval("SELECT version FROM notes WHERE id = $1", slow) == 3


async def test_an_event_is_tried_again_where_the_database_is_too_slow_even_to_put_it_aside(db: Database) -> None:
    """What had taken too long was no fault of the event, and it is applied once the database is well."""
    calls = 0

    async def slow_at_first(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        nonlocal calls
        calls += 1
        await session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": 10.0 if calls <= TRIES else 0.0})
        await note(session, events[0])

    healthy = new_id()
    hasty = Database(db.url, statement_timeout_ms=100)
    reader = consumer(hasty, Batch(slow_at_first))
    reader.slowest = 0.05
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE dead_letters")
        await asyncio.wait_for(reader.apply(records(title(healthy, 1))), 20)
    await hasty.stop()
    assert await letters(db) == []
    assert await applied(db) == {healthy: 1}


async def test_who_waits_for_a_lock_is_never_put_aside(db: Database) -> None:
    """Somebody holds the row for longer than any number of tries; the event is applied when it is let go."""
    held = new_id()
    await consumer(db, Batch(Notes())).apply(records(title(held, 1)))
    hasty = Database(db.url, statement_timeout_ms=100)
    notes = Notes()
    reader = consumer(hasty, Batch(notes))
    reader.slowest = 0.05
    async with db.pool.acquire() as connection:
        holding = connection.transaction()
        await holding.start()
        await connection.execute("SELECT 1 FROM notes WHERE id = $1 FOR UPDATE", held)
        applying = asyncio.create_task(reader.apply(records(title(held, 2))))
        while len(notes.calls) < 3 * TRIES:
            await asyncio.sleep(0.01)
            assert not applying.done()
        assert "due to lock timeout" in await problem(reader)
        await holding.rollback()
    await applying
    await hasty.stop()
    assert await letters(db) == []
    assert await applied(db) == {held: 2}


async def test_a_database_that_is_away_makes_no_dead_letter(db: Database) -> None:
    """One event alone meets a server that is slow, frozen or gone in turns, more often than an event has tries."""
    calls, steps = 0, (TimeoutError("frozen"), ConnectionError("gone"))

    async def away(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
        nonlocal calls
        calls += 1
        if calls < 4 * TRIES:
            if calls % TRIES:
                await too_slow(session)
            raise steps[calls // TRIES % 2]
        await note(session, events[0])

    reader = consumer(db, Batch(away))
    reader.slowest = 0.05
    await reader.apply(records(title(new_id(), 1)))
    assert await letters(db) == []
    assert len(await applied(db)) == 1
