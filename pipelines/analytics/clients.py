"""The broker as the sink reads it: by librdkafka, which takes records in beside Python, and costs half of what aiokafka does."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from libs.chassis import telemetry
from pipelines.analytics.settings import Settings

log = telemetry.logger(__name__)

T = TypeVar("T")
Record: TypeAlias = Message
# Of a partition at once; and what may wait of all of them to be looked at, in memory that is not Python's.
FETCH_BYTES, WAITING_KB = 4_194_304, 32_768
AT_ONCE = 20_000
ANSWER_SECONDS = 30.0


def options(settings: Settings) -> dict[str, Any]:
    """Return what librdkafka has to know of the broker and of who we are, as `libs.chassis.messaging.kafka` tells aiokafka."""
    told: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_bootstrap,
        "security.protocol": settings.kafka_security,
        "client.id": "bijou-lake",
        # It asks for a name and is in no group: where to go on is in the tables.
        "group.id": "bijou-lake",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "fetch.message.max.bytes": FETCH_BYTES,
        "queued.max.messages.kbytes": WAITING_KB,
        "socket.timeout.ms": 15_000,
        "reconnect.backoff.max.ms": 2_000,
        # What it would write to our stderr by itself comes as errors, too.
        "log_level": 0,
        "error_cb": _told_of,
    }
    if settings.kafka_ca_file:
        told["ssl.ca.location"] = settings.kafka_ca_file
    if settings.kafka_security.startswith("sasl"):
        assert settings.kafka_password is not None  # the settings have seen to it
        told["sasl.mechanism"] = settings.kafka_mechanism
        told["sasl.username"] = settings.kafka_username
        told["sasl.password"] = settings.kafka_password.get_secret_value()
    return told


def _told_of(error: KafkaError) -> None:
    # Each attempt to connect that fails is told; that nobody can be reached is told once.
    tell = log.debug if error.code() == KafkaError._TRANSPORT else log.warning
    tell("broker_says", reader="sink", reason=error.str())


class Broker:
    """Reads topics from wherever one says. One thread calls the client, for nobody may close what another one reads."""

    def __init__(self, settings: Settings) -> None:
        self._consumer = Consumer(options(settings))
        self._thread = ThreadPoolExecutor(1, "sink-reading")

    async def close(self) -> None:
        try:
            await self._do(self._consumer.close)
        finally:
            self._thread.shutdown(wait=False)

    async def partitions(self, topics: Iterable[str]) -> dict[str, list[int]]:
        """Return the numbers of each topic's partitions, none of one that is not there. Raises KafkaException."""
        known = (await self._do(lambda: self._consumer.list_topics(timeout=ANSWER_SECONDS))).topics
        return {name: sorted(known[name].partitions) if name in known else [] for name in topics}

    async def go(self, topic: str, parts: Iterable[int], places: Mapping[int, int]) -> None:
        """Read these partitions of a topic from their places on, from the beginning where they have none."""
        wanted = [TopicPartition(topic, part, places.get(part, OFFSET_BEGINNING)) for part in parts]
        if wanted:
            await self._do(lambda: self._consumer.incremental_assign(wanted))

    async def leave(self, topic: str, parts: Iterable[int]) -> None:
        """Read these partitions no more; what was read of them and not handed over is let go."""
        left = [TopicPartition(topic, part) for part in parts]
        if left:
            await self._do(lambda: self._consumer.incremental_unassign(left))

    async def records(self, seconds: float) -> dict[str, list[Record]]:
        """Return what comes within this time, by topic, in the order of each partition. Raises KafkaException."""
        came = await self._do(lambda: self._consumer.consume(AT_ONCE, seconds))
        errors = list(map(Record.error, came))
        if errors.count(None) < len(errors):
            raise KafkaException(next(error for error in errors if error is not None))
        topics = set(map(Record.topic, came))
        if len(topics) == 1:
            return {topics.pop(): came}  # type: ignore[dict-item]  # what comes without an error has a topic
        found: dict[str, list[Record]] = defaultdict(list)
        for record in came:
            found[record.topic()].append(record)  # type: ignore[index]
        return found

    def end(self, topic: str, part: int) -> int | None:
        """Return where a partition ended when it was last read; None while it was not."""
        _, end = self._consumer.get_watermark_offsets(TopicPartition(topic, part), cached=True) or (0, -1)
        return end if end >= 0 else None

    async def _do(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
