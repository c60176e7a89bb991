"""Kafka: one connection per process (the bus), and consumers that apply every event once.

CloudEvents 1.0 in binary mode. No Kafka transactions and no idempotent producer, which not every broker has: order and
exactly-once effects come from the outbox, the inbox and versions.

The broker's *epoch* is a name written once into the topic `bijou.epoch`. A broker that lost its data (the local one keeps it
in memory) has another epoch afterwards; relays then publish again and consumers start over under a new group. The epoch is
read with every new connection; a broker that forgets is watched, so that its end is noticed at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from libs.chassis import telemetry
from libs.chassis.components import Loop, finish
from libs.chassis.ids import new_id
from libs.chassis.messaging import kafka
from libs.chassis.messaging.received import IN_A_CROWD
from libs.chassis.settings import ServiceSettings
from libs.contracts.envelope import Topic
from libs.contracts.registry import TOPICS

log = telemetry.logger(__name__)

EPOCH_TOPIC = Topic("bijou.epoch", "epoch", "names the broker's data, to notice when it was lost", True, partitions=1)
CHECK_SECONDS = 30.0
SEND_TIMEOUT = 10.0
BATCH_BYTES = 262_144  # brokers take a megabyte
REPLICAS = 3  # of every topic, where the cluster has that many brokers


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to publish; `crowd` where it is one of many that nobody waits for."""

    topic: str
    key: str
    event_id: UUID
    type: str
    time: datetime
    value: bytes
    crowd: bool = False


class BusUnavailable(Exception):
    """The broker cannot be reached."""


class Bus(Loop):
    """A component: the connection to the broker. Starting never waits for it; `ready()` does.

    `forgets` says that the broker's data ends with its process, as the local one's does.
    """

    name = "kafka"
    every = 0.0
    slowest = 3.0

    def __init__(
        self,
        bootstrap: str,
        *,
        service: str,
        secured: Mapping[str, Any] | None = None,
        forgets: bool = False,
        session_seconds: int = 6,
    ) -> None:
        """`secured` is how to prove who we are, as `kafka.client_options` returns it.

        `session_seconds`: how long a consumer may be silent before its group gives what it reads to others.
        """
        super().__init__()
        self.bootstrap = bootstrap
        self.client = {"bootstrap_servers": bootstrap, **(secured or {})}
        self.service = service
        self.session_seconds = session_seconds
        self._forgets = forgets
        self._producer: AIOKafkaProducer | None = None
        self._epoch: str | None = None
        self._connected = asyncio.Event()
        self._renewed = asyncio.Event()
        self._doubt = asyncio.Event()

    @classmethod
    def of(cls, settings: ServiceSettings, *, service: str) -> Self:
        """Return the bus that a service's settings name."""
        return cls(
            settings.kafka_bootstrap,
            service=service,
            secured=kafka.client_options(settings),
            forgets=settings.kafka_forgets,
            session_seconds=settings.kafka_session_seconds,
        )

    async def check(self) -> None:
        if not self._connected.is_set():
            raise BusUnavailable(self.problem or "not connected")

    @property
    def epoch(self) -> str | None:
        """The epoch of the broker we are connected to, or None."""
        return self._epoch if self._connected.is_set() else None

    @property
    def producer(self) -> AIOKafkaProducer:
        """The process's one producer. Raises BusUnavailable."""
        if self._producer is None or not self._connected.is_set():
            raise BusUnavailable(self.problem or "not connected")
        return self._producer

    def doubt(self) -> None:
        """Have the broker looked at now: something was not acknowledged."""
        self._doubt.set()

    async def ready(self) -> str:
        """Wait for a connection; return the broker's epoch."""
        while True:
            await self._connected.wait()
            if self._epoch is not None:
                return self._epoch
            await asyncio.sleep(0)

    async def changed(self, epoch: str) -> None:
        """Wait for a connection to a broker that holds other data than this epoch's."""
        while self.epoch in (epoch, None):
            await self._renewed.wait()

    async def send(self, record: Outgoing) -> None:
        """Publish one record; return when every in-sync replica has it. Records of one key must not be sent concurrently."""
        (failure,) = await self.send_all([record], SEND_TIMEOUT)
        if failure is not None:
            raise failure

    async def send_all(self, records: Sequence[Outgoing], seconds: float) -> list[Exception | None]:
        """Publish records, no two of them of one key; return for each what kept it from being acknowledged, if anything."""
        producer = self._producer
        if producer is None or not self._connected.is_set():
            return [BusUnavailable(self.problem or "not connected")] * len(records)
        answers: list[asyncio.Future[object]] = []
        failure: Exception = TimeoutError("the broker does not answer")
        try:
            async with asyncio.timeout(seconds):
                for record in records:
                    answers.append(await self._hand_over(producer, record))
                if answers:
                    await asyncio.wait(answers)
        except (KafkaError, TimeoutError, OSError) as error:
            failure = error if str(error) else failure
        results = [_failure(answer, failure) for answer in answers]
        results += [failure] * (len(records) - len(results))
        if any(results):
            self._doubt.set()
        return results

    async def _hand_over(self, producer: AIOKafkaProducer, record: Outgoing) -> asyncio.Future[object]:
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(record.event_id).encode()),
            ("ce_type", record.type.encode()),
            ("ce_source", f"/bijou/{self.service}".encode()),
            ("ce_time", record.time.isoformat().encode()),
            ("content-type", b"application/json"),
            *([(IN_A_CROWD, b"1")] if record.crowd else []),
        ]
        answer = await producer.send(record.topic, record.value, key=record.key.encode(), headers=headers)
        answer.add_done_callback(_looked_at)
        return answer  # type: ignore[no-any-return]

    async def work(self) -> None:
        watch: asyncio.Task[None] | None = None
        try:
            if self._forgets:
                watch = asyncio.create_task(self._watch())
            await self._connect()
            self.well()
            while True:
                await self._wait_for_doubt(watch)
                await self._look()
        finally:
            await finish(watch)
            await self._disconnect()

    async def _look(self) -> None:
        assert self._producer is not None
        answered = False
        with suppress(TimeoutError):
            answered = await asyncio.wait_for(self._producer.client.force_metadata_update(), SEND_TIMEOUT)
        if not answered:
            raise BusUnavailable("the broker does not answer")

    async def _watch(self) -> None:
        """Hold a connection on which nothing is ever said: its end is the end of the broker's process."""
        host, _, port = self.bootstrap.partition(",")[0].rpartition(":")
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                await reader.read()
            finally:
                writer.close()

    async def _wait_for_doubt(self, watch: asyncio.Task[None] | None) -> None:
        """Return when the broker should be looked at: now and then, and after a failure. Raises when its process has ended."""
        doubt = asyncio.create_task(self._doubt.wait())
        try:
            await asyncio.wait(
                {doubt} if watch is None else {doubt, watch},
                timeout=CHECK_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            doubt.cancel()
        if watch is not None and watch.done():
            raise BusUnavailable("the broker has ended")
        self._doubt.clear()

    async def _connect(self) -> None:
        await create_topics(self.client, [*TOPICS.values(), EPOCH_TOPIC], alone=self._forgets)
        producer = AIOKafkaProducer(
            **self.client,
            client_id=f"bijou-{self.service}",
            acks="all",
            max_batch_size=BATCH_BYTES,
            linger_ms=0,
            request_timeout_ms=5000,
            metadata_max_age_ms=30_000,
        )
        try:
            await asyncio.wait_for(producer.start(), SEND_TIMEOUT)
        except BaseException:
            await _quietly(producer.stop())
            raise
        self._producer = producer
        epoch = await self._read_epoch()
        if epoch is None:
            fresh = new_id().hex
            # The name is also the key, so that compaction keeps the first of several written at once.
            await producer.send_and_wait(EPOCH_TOPIC.name, fresh.encode(), key=fresh.encode())
            epoch = await self._read_epoch()
        if epoch is None:
            raise BusUnavailable("the epoch cannot be read back")
        self._epoch = epoch
        self._connected.set()
        self._renewed.set()
        self._renewed = asyncio.Event()
        log.info("broker_connected", bootstrap=self.bootstrap, epoch=epoch[:8])

    async def _read_epoch(self) -> str | None:
        partition = TopicPartition(EPOCH_TOPIC.name, 0)
        consumer = AIOKafkaConsumer(**self.client, group_id=None, request_timeout_ms=5000)
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await consumer.start()
                consumer.assign([partition])
                if not (await consumer.end_offsets([partition]))[partition]:
                    return None  # without waiting for what nobody has written
                await consumer.seek_to_beginning(partition)
                found = await consumer.getmany(partition, timeout_ms=500, max_records=1)
        finally:
            await _quietly(consumer.stop())
        records = found.get(partition, [])
        return records[0].value.decode() if records and records[0].value else None

    async def _disconnect(self) -> None:
        self._connected.clear()
        producer, self._producer = self._producer, None
        if producer is not None:
            await _quietly(producer.stop())


def _failure(answer: asyncio.Future[object], otherwise: Exception) -> Exception | None:
    if not answer.done():
        return otherwise
    if answer.cancelled():
        return BusUnavailable("the connection was closed")
    error = answer.exception()
    return error if error is None or isinstance(error, Exception) else BusUnavailable(repr(error))


def _looked_at(answer: asyncio.Future[object]) -> None:
    """Keep an answer that came too late from being reported as never looked at."""
    if not answer.cancelled():
        answer.exception()


async def create_topics(client: Mapping[str, Any], topics: list[Topic], *, alone: bool = False) -> None:
    """Create the topics that do not exist yet.

    With a broker that serves one machine `alone` each has one partition: they are for many consumers, and the local broker
    pays for every one of them whenever it looks for something new.
    """
    admin = AIOKafkaAdminClient(**client, request_timeout_ms=5000)
    try:
        await asyncio.wait_for(admin.start(), SEND_TIMEOUT)
        existing = set(await admin.list_topics())
        replicas = min(REPLICAS, len((await admin.describe_cluster())["brokers"]))
        for topic in topics:
            if topic.name in existing:
                continue
            config = {"cleanup.policy": "compact"} if topic.compacted else {}
            if topic.hours is not None:
                config["retention.ms"] = str(topic.hours * 3_600_000)
            partitions = 1 if alone else topic.partitions
            with suppress(TopicAlreadyExistsError):
                await admin.create_topics([NewTopic(topic.name, partitions, replicas, topic_configs=config)])
    except ValueError as error:  # aiokafka raises it for an address that cannot be parsed or reached at all
        raise BusUnavailable(str(error)) from error
    finally:
        await _quietly(admin.close())


async def _quietly(closing: object) -> None:
    """Close a client whose broker may be gone, waiting a moment at most."""
    with suppress(KafkaError, OSError, TimeoutError, RuntimeError):
        await asyncio.wait_for(closing, 2)  # type: ignore[arg-type]
