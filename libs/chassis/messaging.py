"""Kafka: one connection per process (the bus), and consumers that apply every event once.

CloudEvents 1.0 in binary mode. No Kafka transactions and no idempotent producer, which not every broker has: order and
exactly-once effects come from the outbox, the inbox and versions.

The broker's *epoch* is a name written once into the topic `bijou.epoch`. A broker that lost its data (the local one keeps it
in memory) has another epoch afterwards; relays then publish again and consumers start over under a new group.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from libs.chassis import telemetry
from libs.chassis.ids import new_id
from libs.chassis.parts import finish
from libs.contracts.envelope import TOPICS, Topic

log = telemetry.logger(__name__)

EPOCH_TOPIC = Topic("bijou.epoch", "epoch", "names the broker's data, to notice when it was lost", True, partitions=1)
CHECK_SECONDS = 2.0
SEND_TIMEOUT = 10.0
REPLICAS = 3  # of every topic, where the cluster has that many brokers


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to publish."""

    topic: str
    key: str
    event_id: UUID
    type: str
    time: datetime
    value: bytes


class BusUnavailable(Exception):
    """The broker cannot be reached."""


class Bus:
    """A part: the connection to the broker. Starting never waits for it; `ready()` does."""

    name = "kafka"
    required = False

    def __init__(self, bootstrap: str, *, service: str, check_seconds: float = CHECK_SECONDS) -> None:
        self.bootstrap = bootstrap
        self.service = service
        self._check_seconds = check_seconds
        self._producer: AIOKafkaProducer | None = None
        self._epoch: str | None = None
        self._connected = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._problem = "not connected yet"

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_connected(), name="kafka-bus")

    async def stop(self) -> None:
        await finish(self._task)
        await self._disconnect("stopped")

    async def check(self) -> None:
        if not self._connected.is_set():
            raise BusUnavailable(self._problem)

    @property
    def epoch(self) -> str | None:
        """The epoch of the broker we are connected to, or None."""
        return self._epoch if self._connected.is_set() else None

    async def ready(self) -> str:
        """Wait for a connection; return the broker's epoch."""
        while True:
            await self._connected.wait()
            if self._epoch is not None:
                return self._epoch
            await asyncio.sleep(0)

    async def send(self, record: Outgoing) -> None:
        """Publish one record; return when every in-sync replica has it. Records of one key must not be sent concurrently."""
        producer = self._producer
        if producer is None or not self._connected.is_set():
            raise BusUnavailable(self._problem)
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", str(record.event_id).encode()),
            ("ce_type", record.type.encode()),
            ("ce_source", f"/bijou/{self.service}".encode()),
            ("ce_time", record.time.isoformat().encode()),
            ("content-type", b"application/json"),
        ]
        await asyncio.wait_for(
            producer.send_and_wait(record.topic, record.value, key=record.key.encode(), headers=headers), SEND_TIMEOUT
        )

    async def _keep_connected(self) -> None:
        delay = 0.2
        while True:
            try:
                await self._connect()
                delay = 0.2
                while True:
                    await asyncio.sleep(self._check_seconds)
                    found = await asyncio.wait_for(self._read_epoch(), SEND_TIMEOUT)
                    if found != self._epoch:
                        raise BusUnavailable("the broker lost its data")
            except Exception as error:
                await self._disconnect(f"{type(error).__name__}: {error}")
                log.warning("broker_not_reachable", reason=self._problem, seconds=round(delay, 1))
                await asyncio.sleep(delay)
                delay = min(delay * 2, 3)

    async def _connect(self) -> None:
        await create_topics(self.bootstrap, [*TOPICS.values(), EPOCH_TOPIC])
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            client_id=f"bijou-{self.service}",
            acks="all",
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
        log.info("broker_connected", bootstrap=self.bootstrap, epoch=epoch[:8])

    async def _read_epoch(self) -> str | None:
        partition = TopicPartition(EPOCH_TOPIC.name, 0)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None, request_timeout_ms=5000)
        try:
            await consumer.start()
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            found = await consumer.getmany(partition, timeout_ms=500, max_records=1)
        finally:
            await _quietly(consumer.stop())
        records = found.get(partition, [])
        return records[0].value.decode() if records and records[0].value else None

    async def _disconnect(self, problem: str) -> None:
        self._problem = problem
        self._connected.clear()
        producer, self._producer = self._producer, None
        if producer is not None:
            await _quietly(producer.stop())


async def create_topics(bootstrap: str, topics: list[Topic]) -> None:
    """Create the topics that do not exist yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
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
            with suppress(TopicAlreadyExistsError):
                await admin.create_topics([NewTopic(topic.name, topic.partitions, replicas, topic_configs=config)])
    except ValueError as error:  # aiokafka raises it for an address that cannot be parsed or reached at all
        raise BusUnavailable(str(error)) from error
    finally:
        await _quietly(admin.close())


async def _quietly(closing: object) -> None:
    """Close a client whose broker may be gone, waiting a moment at most."""
    with suppress(KafkaError, OSError, TimeoutError, RuntimeError):
        await asyncio.wait_for(closing, 2)  # type: ignore[arg-type]
