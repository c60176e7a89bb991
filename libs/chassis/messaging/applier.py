"""How events are applied to a database: together where they can be, apart where they must, and none is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import ConsumerRecord
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.data.database import Database, is_transient
from libs.chassis.messaging import dead_letters, forgetting
from libs.chassis.messaging.received import Order, Reading, Received, parse, uncollected
from libs.contracts.envelope import Event

log = telemetry.logger(__name__)

TRIES = 5
# Events of this many keys are applied in one transaction. Many of one key cost little more than the newest of them.
KEYS = 2_000
# What ran into a lock or a limit together may pass in smaller pieces. A database that is away is not nearer for fewer.
TOO_MUCH = (
    TimeoutError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    asyncpg.InsufficientResourcesError,
)
# Records read before anything else in this process has its turn.
READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Batch:
    """A handler that takes all events of its types that arrived together in one call, in their order.

    `repeatable`: an event applied again, or after a newer one, changes nothing, because its version or time says so. Such
    events need no inbox row, which costs as much as applying them, and can be replayed.

    `order`, of repeatable events: those that something newer of what arrived with them outdates are not handed over.
    """

    handle: Callable[[AsyncSession, Sequence[Received[Any]]], Awaitable[None]]
    repeatable: bool = False
    order: Order | None = None


Handler = Callable[[AsyncSession, Any], Awaitable[None]] | Batch
Delivery = tuple[ConsumerRecord, Received[Any]]

_LOCKS = text("SELECT set_config('lock_timeout', :limit, true)")
_CLAIM = text(
    "INSERT INTO inbox (consumer, event_id) SELECT :consumer, unnest(CAST(:ids AS uuid[]))"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)


def no_fault_of_an_event(error: BaseException) -> bool:
    """Tell whether it is the database that must change before this works: it is away or busy, or not migrated yet."""
    return is_transient(error) or isinstance(
        _cause(error),
        (
            asyncpg.UndefinedTableError,
            asyncpg.UndefinedColumnError,
            asyncpg.UndefinedFunctionError,
            asyncpg.InsufficientPrivilegeError,
            asyncpg.InvalidAuthorizationSpecificationError,
        ),
    )


def _cause(error: BaseException) -> BaseException | None:
    return error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error


class TooSlow(Exception):
    """A statement of this event ran into the time limit in each of several tries by itself, and did not wait for a lock."""


class _Size:
    """How many records are applied in one transaction: those of some keys, or not even all of one."""

    def __init__(self) -> None:
        self._keys = KEYS
        self._most: int | None = None

    def first(self, records: Sequence[ConsumerRecord]) -> Sequence[ConsumerRecord]:
        """Return the first records, up to the one that would be too many."""
        seen = set()
        for place, record in enumerate(records):
            seen.add(record.key)
            if len(seen) > self._keys:
                return records[:place][: self._most]
        return records[: self._most]

    def halve(self, piece: Sequence[ConsumerRecord]) -> None:
        """Make it half of what was too much."""
        keys = len({record.key for record in piece})
        self._keys = max(1, keys // 2)
        if keys == 1:
            self._most = max(1, len(piece) // 2)


class Applier:
    """Applies the events of one group, each once.

    Records are applied in one transaction: a `Batch` gets its events in one call, any other handler one at a time. Event ids
    enter the inbox in that transaction, except of what is repeatable. A failure that may pass is waited out, with half as many
    records where they may have been too many. Any other is narrowed down by halves to the event that causes it, and its
    neighbours are applied; after `TRIES` by itself it is put among the dead letters with its reason. So is one that takes too
    long as often by itself, unless it waits for a lock, which is let go of some day, or the letter takes too long as well.

    Events that tell who is gone take the dead letters with them that name them, in the transaction that applies them.
    `became` counts what it did with records: `applied`, or a `dead_letters.Fate`.

    `trouble` is told of what is waited out and says for how long; `well` is told of its end.
    """

    def __init__(
        self,
        group: str,
        db: Database,
        handlers: Mapping[type[Any], Handler],
        *,
        trouble: Callable[[BaseException], float],
        well: Callable[[], None],
    ) -> None:
        self.group = group
        self.types: dict[str, type[Event]] = {kind.TYPE: kind for kind in handlers}
        self._db = db
        self._handlers = {kind.TYPE: handler for kind, handler in handlers.items()}
        self._orders = {
            kind: handler.order
            for kind, handler in self._handlers.items()
            if isinstance(handler, Batch) and handler.order is not None
        }
        self._tells = {kind.TYPE for kind in handlers if forgetting.tells(kind)}
        self.became: Counter[str] = Counter()
        self._trouble = trouble
        self._well = well

    async def apply(self, records: Sequence[ConsumerRecord]) -> None:
        """Apply records, those of one key in order; return when each of them is applied or put aside."""
        rest, size, alone = records, _Size(), 0
        while rest:
            piece = size.first(rest)
            try:
                if alone < TRIES:
                    await self._piece(piece)
                else:
                    await self._put_aside(piece[0], TooSlow(TooSlow.__doc__))
                    size = _Size()
                rest, alone = rest[len(piece) :], 0
                self._well()
            except Exception as error:
                if not no_fault_of_an_event(error):
                    raise
                too_slow = len(piece) == 1 and isinstance(_cause(error), asyncpg.QueryCanceledError)
                # A database too slow even for the dead letter says nothing about the event.
                alone = alone + 1 if too_slow and alone < TRIES else 0
                await asyncio.sleep(self._trouble(error))
                if isinstance(_cause(error), TOO_MUCH):
                    size.halve(piece)

    async def apply_letter(self, letter: dead_letters.Letter, actor: UUID | None = None) -> bool:
        """Apply a dead letter, which is one no more in the same transaction; False where it is gone already."""
        event = parse(letter.record(), self.types)
        async with self._db.background() as session:
            if not await dead_letters.take(session, letter.id, "applied", actor):
                return False
            if event is not None:
                await self._run(session, await self._claim(session, [event]))
        return True

    async def _piece(self, records: Sequence[ConsumerRecord]) -> None:
        found = await self._read(records, self._orders)
        for record, error in found.broken:
            await self._put_aside(record, error)
        if not found.outdated:
            await self._narrow(found.events, alone=len(records) == 1)
            return
        try:
            await self._together([event for _, event in found.events])
        except Exception as error:
            if no_fault_of_an_event(error):
                raise
            # What cannot be applied outdates nothing.
            await self._narrow((await self._read(records, {})).events)
        else:
            for kind, count in found.outdated.items():
                self.became["applied"] += count
                telemetry.CONSUMED.labels(self.group, kind).inc(count)

    async def _read(self, records: Sequence[ConsumerRecord], orders: Mapping[str, Order]) -> Reading:
        found = Reading(self.types, orders)
        with uncollected():
            for start in range(0, len(records), READ_AT_ONCE):
                for record in records[start : start + READ_AT_ONCE]:
                    found.add(record)
                await asyncio.sleep(0)  # requests to this process go before a long backlog
        return found

    async def _narrow(self, deliveries: Sequence[Delivery], *, alone: bool = False) -> None:
        """Apply events together; when something in them fails, each half by itself, down to the one that does."""
        if not deliveries:
            return
        try:
            await self._together([event for _, event in deliveries], alone=alone)
        except Exception as error:
            if no_fault_of_an_event(error):
                raise
            if len(deliveries) == 1:
                await self._again(*deliveries[0], error)
            else:
                middle = len(deliveries) // 2
                await self._narrow(deliveries[:middle])
                await self._narrow(deliveries[middle:])

    async def _again(self, record: ConsumerRecord, event: Received[Any], error: Exception) -> None:
        """Try a failed event again, and put it aside after the last time."""
        for attempt in range(1, TRIES):
            await asyncio.sleep(0.01 * 2**attempt)
            try:
                await self._together([event])
                return
            except Exception as again:
                if no_fault_of_an_event(again):
                    raise
                error = again
        await self._put_aside(record, error)

    async def _together(self, events: Sequence[Received[Any]], *, alone: bool = False) -> None:
        async with self._db.background() as session:
            if alone:
                # So that waiting for what somebody else holds does not look like taking too long.
                await session.execute(_LOCKS, {"limit": str(self._db.statement_timeout_ms // 2)})
            fresh = await self._claim(session, events)
            await self._run(session, fresh)
        self.became["applied"] += len(fresh)
        for kind, count in Counter(event.type for event in fresh).items():
            telemetry.CONSUMED.labels(self.group, kind).inc(count)

    async def _run(self, session: AsyncSession, events: Sequence[Received[Any]]) -> None:
        for handler, run in groupby(events, lambda event: self._handlers[event.type]):
            if isinstance(handler, Batch):
                await handler.handle(session, list(run))
            else:
                for event in run:
                    await handler(session, event)
        if self._tells:
            await forgetting.forget(
                session, {gone for event in events if event.type in self._tells for gone in event.data.forgets()}
            )

    async def _claim(self, session: AsyncSession, events: Sequence[Received[Any]]) -> list[Received[Any]]:
        """Enter events into the inbox; return those that were not there, and those that need not be."""
        once = [event.id for event in events if not self._repeatable(event)]
        if not once:
            return list(events)
        rows = await session.execute(_CLAIM, {"consumer": self.group, "ids": list(dict.fromkeys(once))})
        new: set[UUID] = set(rows.scalars())
        fresh = []
        for event in events:
            if self._repeatable(event):
                fresh.append(event)
            elif event.id in new:
                new.remove(event.id)  # the same event twice in one batch
                fresh.append(event)
        return fresh

    def _repeatable(self, event: Received[Any]) -> bool:
        return self.repeats(event.type)

    def repeats(self, kind: str) -> bool:
        """Whether events of this type may be applied again."""
        handler = self._handlers[kind]
        return isinstance(handler, Batch) and handler.repeatable

    async def _put_aside(self, record: ConsumerRecord, error: Exception) -> None:
        async with self._db.background() as session:
            fate = await dead_letters.put(session, self.group, record, error)
        self.became[fate] += 1
        event_id, kind = dead_letters.header(record, "ce_id"), dead_letters.header(record, "ce_type")
        if fate != "aside":
            # Without the reason: it may quote what the event says.
            log.warning(
                f"dead_letter_{fate}",
                consumer=self.group,
                topic=record.topic,
                position=record.offset,
                event_id=event_id,
            )
            return
        telemetry.DEAD_LETTERS.labels(self.group, kind or "unknown").inc()
        log.error(
            "dead_letter",
            consumer=self.group,
            topic=record.topic,
            position=record.offset,
            event_id=event_id,
            reason=dead_letters.said(error),
        )
