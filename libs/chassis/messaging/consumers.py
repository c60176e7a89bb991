"""Consumers: events in. Each is applied once per group, in order per key, and none is ever skipped silently."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from libs.chassis import telemetry
from libs.chassis.components import Loop, finish
from libs.chassis.data.database import Database
from libs.chassis.messaging import generations
from libs.chassis.messaging.applier import KEYS, Applier, Batch, Handler
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.received import Malformed, Received, crowds, newest, parse
from libs.chassis.messaging.waiting import FEWEST_OF_A_CROWD, Waiting
from libs.contracts.envelope import Event

__all__ = ["Batch", "Consumer", "Handler", "Malformed", "Received", "Tail", "crowds", "newest", "parse"]

log = telemetry.logger(__name__)

JOIN_SECONDS = 30
# How long a broker may hold a request that it has nothing for. Kafka answers as soon as it has; the local broker looks again
# after half of this time, and each look costs it: so it is asked to look often only while there is something to hear.
LIVELY_MS, QUIET_MS = 500, 2_000
QUIET_AFTER = 20.0
# What arrives, and what has become of the group, ends these waits; aiokafka's own is a fifth of a second, all day.
WAIT_MS = 5_000
# How many records of a topic may wait to be applied before no more of them are fetched.
MOST_WAITING = 20_000
# Of a crowd so many records are applied at once, at first; then so many as take about so long: what somebody writes meanwhile
# waits for no more of it.
OF_A_CROWD = 250
CROWD_SECONDS = 0.25


class _Reader(Loop):
    """What both kinds of consumer share: it reads, and starts over when the broker's epoch changes."""

    every = 0.0

    def __init__(self, name: str, bus: Bus, types: Sequence[type[Event]]) -> None:
        super().__init__()
        self.name = f"consumer:{name}"
        self._bus = bus
        self._types: dict[str, type[Event]] = {kind.TYPE: kind for kind in types}
        self.topics = sorted({kind.TOPIC.name for kind in types})

    async def work(self) -> None:
        epoch = await self._bus.ready()
        consumer = await self._open(epoch)
        try:
            self.well()
            await self._while_it_lasts(epoch, self._read(consumer))
            log.warning("broker_changed", reader=self.name)
        finally:
            with suppress(Exception):
                await asyncio.wait_for(consumer.stop(), 2)

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        raise NotImplementedError

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        raise NotImplementedError

    async def _while_it_lasts(self, epoch: str, work: Coroutine[Any, Any, None]) -> None:
        """Do this until the broker holds other data. Raises what it raises."""
        reading = asyncio.create_task(work, name=f"{self.name}:reading")
        changed = asyncio.create_task(self._bus.changed(epoch), name=f"{self.name}:epoch")
        try:
            await asyncio.wait({reading, changed}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
        finally:
            await finish(changed)
            await finish(reading)

    async def _arriving(self, consumer: AIOKafkaConsumer) -> AsyncIterator[tuple[TopicPartition, list[ConsumerRecord]]]:
        heard = time.monotonic()
        while True:
            _hold(consumer, LIVELY_MS if time.monotonic() - heard < QUIET_AFTER else QUIET_MS)
            # All that was fetched is taken at once: what is left behind would be fetched on with a request's wait in between.
            found = await consumer.getmany(timeout_ms=WAIT_MS)
            for partition, records in found.items():
                heard = time.monotonic()
                yield partition, records


def _hold(consumer: AIOKafkaConsumer, milliseconds: int) -> None:
    """Say how long the broker may hold the next requests: aiokafka reads it for each, and has no name for changing it."""
    consumer._fetcher._fetch_max_wait_ms = milliseconds


class Consumer(_Reader):
    """A component: applies events to a database, each once, as `Applier` says; the position in the topic is committed after that.

    Topics wait for each other neither at the broker nor here: each is applied by a task of its own, so that what a viewer waits
    for (a plan, a profile, a title) is never behind a backlog of what nobody waits for.

    `schema` grows when what the handlers make of the same events changes: everything in the topics is then applied again.
    """

    def __init__(
        self, group: str, db: Database, bus: Bus, handlers: Mapping[type[Any], Handler], *, schema: int = 1
    ) -> None:
        super().__init__(group, bus, list(handlers))
        self.applier = Applier(group, db, handlers, trouble=self.trouble, well=self.well)
        self.group = group
        self._db = db
        self._schema = schema

    async def apply(self, records: Sequence[ConsumerRecord]) -> None:
        """Apply records of one partition in order; return when each of them is applied or put aside."""
        await self.applier.apply(records)

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        async with self._db.background() as session:
            generation = await generations.generation(session, self.group, self._schema)
        # A new epoch is a new group: positions in a log that no longer exists cannot be mistaken for positions in this one.
        # So is a new generation, which reads everything again.
        group = f"{self.group}.{epoch[:12]}" + (f".{generation}" if generation else "")
        consumer = AIOKafkaConsumer(
            *self.topics,
            **self._bus.client,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=self._bus.session_seconds * 1_000,
            heartbeat_interval_ms=self._bus.session_seconds * 1_000 // 3,
            request_timeout_ms=15_000,
            metadata_max_age_ms=30_000,
            consumer_timeout_ms=WAIT_MS,
        )
        try:
            # Joining a group takes a session's length at most; a coordinator that never answers must not hold us for ever.
            await asyncio.wait_for(consumer.start(), JOIN_SECONDS)
        except BaseException:
            with suppress(Exception):
                await asyncio.wait_for(consumer.stop(), 2)
            raise
        return consumer

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        lanes = {topic: _Lane(topic, consumer, self.applier) for topic in self.topics}
        tasks = [asyncio.create_task(lane.run(), name=f"{self.name}:{topic}") for topic, lane in lanes.items()]
        tasks.append(asyncio.create_task(self._sort(consumer, lanes), name=f"{self.name}:sorting"))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                await finish(task)

    async def _sort(self, consumer: AIOKafkaConsumer, lanes: Mapping[str, _Lane]) -> None:
        async for partition, records in self._arriving(consumer):
            lanes[partition.topic].put(partition, records)


class _Lane:
    """The records of one topic on their way from the broker to the database."""

    def __init__(self, topic: str, consumer: AIOKafkaConsumer, applier: Applier) -> None:
        self._topic = topic
        self._consumer = consumer
        self._applier = applier
        self._waiting = Waiting()
        self._arrived = asyncio.Event()
        self._most = OF_A_CROWD

    def put(self, partition: TopicPartition, records: list[ConsumerRecord]) -> None:
        self._waiting.add(partition, records)
        self._arrived.set()
        if len(self._waiting) >= MOST_WAITING:
            self._consumer.pause(*self._partitions())

    async def run(self) -> None:
        while True:
            self._arrived.clear()
            if not self._waiting:
                await self._arrived.wait()
            await self._apply()
            # While there is enough to do: what is asked for now may take a request's wait to come.
            if len(self._waiting) < MOST_WAITING // 2 and self._consumer.paused() & self._partitions():
                self._consumer.resume(*self._partitions())

    async def _apply(self) -> None:
        # Of a partition that another member has by now, the other one applies the rest.
        self._waiting.keep(self._partitions())
        records, begun = self._waiting.take(self._most), time.monotonic()
        await self._applier.apply(records)
        if len(records) == self._most:
            pace = CROWD_SECONDS / max(time.monotonic() - begun, 0.001)
            self._most = max(FEWEST_OF_A_CROWD, min(int(self._most * min(2.0, max(0.5, pace))), KEYS))
        ours = self._partitions()
        places = {partition: place for partition, place in self._waiting.done(records).items() if partition in ours}
        if places:
            with suppress(CommitFailedError, IllegalStateError):
                await self._consumer.commit(places)

    def _partitions(self) -> frozenset[TopicPartition]:
        return frozenset(item for item in self._consumer.assignment() if item.topic == self._topic)


class Tail(_Reader):
    """A component for a process without a database: reads its topics from the beginning at every start and keeps following.

    Handlers take the event alone, and must not mind seeing it again.
    """

    def __init__(self, name: str, bus: Bus, handlers: Mapping[type[Any], Callable[[Any], Awaitable[None]]]) -> None:
        super().__init__(name, bus, list(handlers))
        self._handlers = {kind.TYPE: handler for kind, handler in handlers.items()}

    async def _open(self, epoch: str) -> AIOKafkaConsumer:
        # Without a group it reads all partitions that the broker has of the topics, however many, and those added later.
        consumer = AIOKafkaConsumer(
            *self.topics,
            **self._bus.client,
            group_id=None,
            auto_offset_reset="earliest",
            request_timeout_ms=15_000,
            metadata_max_age_ms=30_000,
            consumer_timeout_ms=WAIT_MS,
        )
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await consumer.start()
        except BaseException:
            with suppress(Exception):
                await asyncio.wait_for(consumer.stop(), 2)
            raise
        return consumer

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        async for partition, records in self._arriving(consumer):
            await self._take(consumer, partition, records)

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
