"""Consumers: events in. Each is applied once per group, in order per key, and none is ever skipped silently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.database import Database, is_transient
from libs.chassis.messaging import Bus
from libs.chassis.parts import finish
from libs.contracts.envelope import TOPICS, Event

log = telemetry.logger(__name__)
E = TypeVar("E", bound=Event)

TRIES = 5
BATCH = 500
JOIN_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event as it arrived."""

    id: UUID
    type: str
    time: datetime
    key: str
    data: E


Handler = Callable[[AsyncSession, Any], Awaitable[None]]


class Malformed(ValueError):
    """The record is not an event we can read."""


def parse(record: ConsumerRecord, types: Mapping[str, type[Event]]) -> Received[Any] | None:
    """Return the event in a record; None for a type nobody here asked for; raise `Malformed` for what cannot be read."""
    headers = dict(record.headers or ())
    try:
        kind = headers["ce_type"].decode()
        if kind not in types or record.value is None:
            return None
        return Received(
            id=UUID(headers["ce_id"].decode()),
            type=kind,
            time=datetime.fromisoformat(headers["ce_time"].decode()),
            key=(record.key or b"").decode(),
            data=types[kind].model_validate_json(record.value),
        )
    except (KeyError, ValueError, ValidationError, AttributeError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error


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

    The event id enters the inbox in the transaction that applies it; the position in the topic is committed after that. A
    failure that may pass (the database is away) is waited out; an event that fails `TRIES` times is put into `dead_letters`
    with its reason, and the partition moves on.
    """

    def __init__(self, group: str, db: Database, bus: Bus, handlers: Mapping[type[Any], Handler]) -> None:
        super().__init__(group, bus, list(handlers))
        self._group = group
        self._db = db
        self._handlers = {kind.TYPE: handler for kind, handler in handlers.items()}

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            *self._topics,
            bootstrap_servers=self._bus.bootstrap,
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
        delay = 0.2
        while True:
            try:
                await self.apply(records)
                break
            except Exception as error:
                if not is_transient(error):
                    raise
                self._problem = f"{type(error).__name__}: {error}"
                log.warning("consumer_waits_for_database", reader=self.name, reason=self._problem)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5)
        self._problem = None
        await consumer.commit({partition: records[-1].offset + 1})

    async def apply(self, records: Sequence[ConsumerRecord]) -> None:
        """Apply records of one partition in order. All in one transaction; one by one when something in it fails."""
        try:
            await self._apply_together(records)
        except Exception as error:
            if is_transient(error):
                raise
            for record in records:
                await self._apply_alone(record)

    async def _apply_together(self, records: Sequence[ConsumerRecord]) -> None:
        events = [event for event in (parse(record, self._types) for record in records) if event is not None]
        if not events:
            return
        async with self._db.transaction() as session:
            fresh = await self._claim(session, [event.id for event in events])
            for event in events:
                if event.id in fresh:
                    fresh.discard(event.id)  # the same event twice in one batch
                    await self._handlers[event.type](session, event)
                    telemetry.CONSUMED.labels(self._group, event.type).inc()

    async def _apply_alone(self, record: ConsumerRecord) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                await self._apply_together([record])
                return
            except Exception as error:
                if is_transient(error):
                    raise
                if attempt == TRIES or isinstance(error, Malformed):
                    await self._dead_letter(record, error)
                    return
                await asyncio.sleep(0.05 * 2**attempt)

    async def _claim(self, session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
        rows = await session.execute(
            text(
                "INSERT INTO inbox (consumer, event_id) SELECT :consumer, unnest(CAST(:ids AS uuid[]))"
                " ON CONFLICT DO NOTHING RETURNING event_id"
            ),
            {"consumer": self._group, "ids": list(dict.fromkeys(ids))},
        )
        return set(rows.scalars())

    async def _dead_letter(self, record: ConsumerRecord, error: Exception) -> None:
        headers = dict(record.headers or ())
        event_id = headers.get("ce_id", b"").decode(errors="replace") or None
        kind = headers.get("ce_type", b"").decode(errors="replace") or None
        reason = f"{type(error).__name__}: {error}"[:2000]
        async with self._db.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO dead_letters (consumer, topic, partition, position, event_id, type, value, reason)"
                    " VALUES (:consumer, :topic, :partition, :position, :event_id, :type, :value, :reason)"
                ),
                {
                    "consumer": self._group,
                    "topic": record.topic,
                    "partition": record.partition,
                    "position": record.offset,
                    "event_id": event_id,
                    "type": kind,
                    "value": record.value,
                    "reason": reason,
                },
            )
        telemetry.DEAD_LETTERS.labels(self._group, kind or "unknown").inc()
        log.error(
            "dead_letter",
            reader=self.name,
            topic=record.topic,
            position=record.offset,
            event_id=event_id,
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
            bootstrap_servers=self._bus.bootstrap, group_id=None, request_timeout_ms=15_000, metadata_max_age_ms=30_000
        )
        await consumer.start()
        partitions = [TopicPartition(topic, n) for topic in self._topics for n in range(TOPICS[topic].partitions)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
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
