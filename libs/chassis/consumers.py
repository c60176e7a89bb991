"""Consumers: events in. Each is applied once per group, in order per key, and none is ever skipped silently."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import dead_letters, telemetry
from libs.chassis.database import Database, is_transient
from libs.chassis.messaging import Bus
from libs.chassis.parts import finish
from libs.chassis.received import Malformed, Received, newest, parse
from libs.contracts.envelope import TOPICS, Event

__all__ = ["Batch", "Consumer", "Handler", "Malformed", "Received", "Tail", "newest", "parse"]

log = telemetry.logger(__name__)

TRIES = 5
BATCH = 2_000
JOIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Batch:
    """A handler that takes all events of its types that arrived together in one call, in their order.

    `repeatable`: an event applied again, or after a newer one, changes nothing, because its version or time says so. Such
    events need no inbox row, which costs as much as applying them, and can be replayed.
    """

    handle: Callable[[AsyncSession, Sequence[Received[Any]]], Awaitable[None]]
    repeatable: bool = False


Handler = Callable[[AsyncSession, Any], Awaitable[None]] | Batch
Arrival = tuple[ConsumerRecord, Received[Any]]

_CLAIM = text(
    "INSERT INTO inbox (consumer, event_id) SELECT :consumer, unnest(CAST(:ids AS uuid[]))"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)


class _Reader:
    """What both kinds of consumer share: a task that reads, starts over when the broker's epoch changes, and backs off."""

    required = False

    def __init__(self, name: str, bus: Bus, types: Sequence[type[Event]]) -> None:
        self.name = f"consumer:{name}"
        self._bus = bus
        self._types: dict[str, type[Event]] = {kind.TYPE: kind for kind in types}
        self._topics = sorted({kind.TOPIC for kind in types})
        self._task: asyncio.Task[None] | None = None
        self._problem: str | None = "not connected yet"

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        await finish(self._task)

    async def check(self) -> None:
        if self._problem:
            raise RuntimeError(self._problem)

    async def _run(self) -> None:
        delay = 0.2
        while True:
            consumer: AIOKafkaConsumer | None = None
            try:
                epoch = await self._bus.ready()
                consumer = await self._open(epoch)
                self._problem = None
                delay = 0.2
                while self._bus.epoch in (epoch, None):
                    for partition, records in (await consumer.getmany(timeout_ms=500, max_records=BATCH)).items():
                        await self._take(consumer, partition, records)
                log.warning("broker_changed", reader=self.name)
            except Exception as error:
                self._problem = f"{type(error).__name__}: {error}"
                log.warning("consumer_waits", reader=self.name, reason=self._problem, seconds=round(delay, 1))
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5)
            finally:
                if consumer is not None:
                    with suppress(Exception):
                        await asyncio.wait_for(consumer.stop(), 2)

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        raise NotImplementedError

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        raise NotImplementedError


class Consumer(_Reader):
    """A part: applies events to a database, each once.

    What arrived of a partition is applied in one transaction: a `Batch` gets its events in one call, any other handler one at
    a time. Event ids enter the inbox in that transaction (except of what is repeatable); the position in the topic is committed
    after it. A failure that may pass (the database is away or busy, a lock was lost) is waited out, with half as many records
    each time. Any other is narrowed down by halves to the event that causes it, and its neighbours are applied; after `TRIES`
    by itself it is put among the dead letters with its reason, and the partition moves on.
    """

    def __init__(self, group: str, db: Database, bus: Bus, handlers: Mapping[type[Any], Handler]) -> None:
        super().__init__(group, bus, list(handlers))
        self._group = group
        self._db = db
        self._handlers = {kind.TYPE: handler for kind, handler in handlers.items()}

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            *self._topics,
            **self._bus.client,
            # A new epoch is a new group: positions in a log that no longer exists cannot be mistaken for positions in this one.
            group_id=f"{self._group}.{epoch[:12]}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            # The least that brokers allow: after a crash the partitions wait this long for the member that died.
            session_timeout_ms=6_000,
            heartbeat_interval_ms=2_000,
            request_timeout_ms=15_000,
            metadata_max_age_ms=30_000,
        )
        try:
            # Joining a group takes a session's length at most; a coordinator that never answers must not hold us for ever.
            await asyncio.wait_for(consumer.start(), JOIN_SECONDS)
        except BaseException:
            with suppress(Exception):
                await asyncio.wait_for(consumer.stop(), 2)
            raise
        return consumer

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        await self.apply(records)
        await consumer.commit({partition: records[-1].offset + 1})

    async def apply(self, records: Sequence[ConsumerRecord]) -> None:
        """Apply records of one partition in order; return when each of them is applied or put aside."""
        rest, size, delay = records, len(records), 0.2
        while rest:
            piece = rest[:size]
            try:
                await self._narrow(await self._readable(piece))
                rest = rest[len(piece) :]
                self._problem = None
            except Exception as error:
                if not is_transient(error):
                    raise
                self._problem = f"{type(error).__name__}: {error}"
                log.warning("consumer_waits_for_database", reader=self.name, reason=self._problem)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5)
                # What ran into a lock or a limit of time together may pass in smaller pieces.
                size = max(1, len(piece) // 2)

    async def _readable(self, records: Sequence[ConsumerRecord]) -> list[Arrival]:
        """Return the events that are ours; put aside what cannot be read."""
        arrivals: list[Arrival] = []
        for record in records:
            try:
                event = parse(record, self._types)
            except Malformed as error:
                await self._put_aside(record, error)
            else:
                if event is not None:
                    arrivals.append((record, event))
        return arrivals

    async def _narrow(self, arrivals: Sequence[Arrival]) -> None:
        """Apply events together; when something in them fails, each half by itself, down to the one that does."""
        if not arrivals:
            return
        try:
            await self._together([event for _, event in arrivals])
        except Exception as error:
            if is_transient(error):
                raise
            if len(arrivals) == 1:
                await self._again(*arrivals[0], error)
            else:
                middle = len(arrivals) // 2
                await self._narrow(arrivals[:middle])
                await self._narrow(arrivals[middle:])

    async def _again(self, record: ConsumerRecord, event: Received[Any], error: Exception) -> None:
        """Try a failed event again, and put it aside after the last time."""
        for attempt in range(1, TRIES):
            await asyncio.sleep(0.01 * 2**attempt)
            try:
                await self._together([event])
                return
            except Exception as again:
                if is_transient(again):
                    raise
                error = again
        await self._put_aside(record, error)

    async def _together(self, events: Sequence[Received[Any]]) -> None:
        async with self._db.background() as session:
            fresh = await self._claim(session, events)
            for handler, run in groupby(fresh, lambda event: self._handlers[event.type]):
                if isinstance(handler, Batch):
                    await handler.handle(session, list(run))
                else:
                    for event in run:
                        await handler(session, event)
        for kind, count in Counter(event.type for event in fresh).items():
            telemetry.CONSUMED.labels(self._group, kind).inc(count)

    async def _claim(self, session: AsyncSession, events: Sequence[Received[Any]]) -> list[Received[Any]]:
        """Enter events into the inbox; return those that were not there, and those that need not be."""
        once = [event.id for event in events if not self._repeatable(event)]
        if not once:
            return list(events)
        rows = await session.execute(_CLAIM, {"consumer": self._group, "ids": list(dict.fromkeys(once))})
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
        handler = self._handlers[event.type]
        return isinstance(handler, Batch) and handler.repeatable

    async def _put_aside(self, record: ConsumerRecord, error: Exception) -> None:
        async with self._db.background() as session:
            reason = await dead_letters.put(session, self._group, record, error)
        kind = dead_letters.header(record, "ce_type")
        telemetry.DEAD_LETTERS.labels(self._group, kind or "unknown").inc()
        log.error(
            "dead_letter",
            reader=self.name,
            topic=record.topic,
            position=record.offset,
            event_id=dead_letters.header(record, "ce_id"),
            reason=reason,
        )


class Tail(_Reader):
    """A part for a process without a database: reads its topics from the beginning at every start and keeps following.

    Handlers take the event alone, and must not mind seeing it again.
    """

    def __init__(self, name: str, bus: Bus, handlers: Mapping[type[Any], Callable[[Any], Awaitable[None]]]) -> None:
        super().__init__(name, bus, list(handlers))
        self._handlers = {kind.TYPE: handler for kind, handler in handlers.items()}

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            **self._bus.client, group_id=None, request_timeout_ms=15_000, metadata_max_age_ms=30_000
        )
        partitions = [TopicPartition(topic, n) for topic in self._topics for n in range(TOPICS[topic].partitions)]
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await consumer.start()
                consumer.assign(partitions)
                await consumer.seek_to_beginning(*partitions)
        except BaseException:
            with suppress(Exception):
                await asyncio.wait_for(consumer.stop(), 2)
            raise
        return consumer

    async def _take(self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        for record in records:
            try:
                event = parse(record, self._types)
            except Malformed as error:
                log.error(
                    "unreadable_event", reader=self.name, topic=record.topic, position=record.offset, reason=str(error)
                )
                continue
            if event is not None:
                await self._handlers[event.type](event)
