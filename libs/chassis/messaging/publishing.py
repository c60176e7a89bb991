"""Publishing without an outbox, for what comes from outside and is nobody's own: many records, each acknowledged to its caller.

Records of one moment travel together: one batch for a partition, built here, instead of one call of the client's for each.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from libs.chassis.gathering import Gatherer
from libs.chassis.messaging.bus import Bus, BusUnavailable

SECONDS = 5.0
# From one round trip to the next: where many publish, the broker is asked less often for more.
APART = 0.002
# Records that may wait for the broker; more than this and whoever comes is turned away at once.
WAITING = 50_000
_partition_of = DefaultPartitioner()


@dataclass(frozen=True, slots=True)
class Told:
    """Records of one key, in their order: for each its id, type, time (RFC 3339) and value."""

    key: str
    records: Sequence[tuple[bytes, bytes, bytes, bytes]]


class Publisher:
    """Publishes to one topic, and returns when every in-sync replica has it. What it raises for may be published all the same."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self._gatherer = Gatherer(self._publish, apart=APART)
        self._waiting = 0
        source = f"/bijou/{bus.service}".encode()
        self._fixed = [("ce_specversion", b"1.0"), ("ce_source", source), ("content-type", b"application/json")]

    async def publish(self, told: Told) -> None:
        """Publish records of one key. Raises BusUnavailable: some of them may be there all the same."""
        await self._bus.check()
        if self._waiting > WAITING:
            raise BusUnavailable(f"{self._waiting} records wait for the broker")
        self._waiting += len(told.records)
        try:
            await self._gatherer.ask(told)
        finally:
            self._waiting -= len(told.records)

    async def _publish(self, told: Sequence[Told]) -> list[Exception | None]:
        producer = self._bus.producer
        partitions = sorted(await producer.partitions_for(self._topic))
        together: dict[int, list[int]] = defaultdict(list)
        for place, each in enumerate(told):
            together[_partition_of(each.key.encode(), partitions, partitions)].append(place)
        answers: list[asyncio.Future[object]] = []
        needed: list[list[asyncio.Future[object]]] = [[] for _ in told]
        try:
            async with asyncio.timeout(SECONDS):
                for partition, places in together.items():
                    await self._send(producer, partition, told, places, answers, needed)
                await asyncio.wait(answers)
        except (KafkaError, TimeoutError, OSError) as error:
            self._bus.doubt()
            return [BusUnavailable(str(error) or "the broker does not answer")] * len(told)
        failures = [next((failure for answer in each if (failure := answer.exception())), None) for each in needed]
        if any(failures):
            self._bus.doubt()
        return [None if failure is None else BusUnavailable(str(failure)) for failure in failures]

    async def _send(
        self,
        producer: AIOKafkaProducer,
        partition: int,
        told: Sequence[Told],
        places: Sequence[int],
        answers: list[asyncio.Future[object]],
        needed: list[list[asyncio.Future[object]]],
    ) -> None:
        """Send records of one partition, in as many batches as they need; note whose answer waits for which."""
        batch, inside = producer.create_batch(), set[int]()

        async def close() -> None:
            answer = await producer.send_batch(batch, self._topic, partition=partition)
            answer.add_done_callback(_looked_at)
            answers.append(answer)
            for place in inside:
                needed[place].append(answer)

        for place in places:
            key = told[place].key.encode()
            for event_id, kind, time, value in told[place].records:
                headers = [("ce_id", event_id), ("ce_type", kind), ("ce_time", time), *self._fixed]
                while batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                    await close()
                    batch, inside = producer.create_batch(), set()
                inside.add(place)
        await close()


def _looked_at(answer: asyncio.Future[object]) -> None:
    """Keep an answer that came too late from being reported as never looked at."""
    if not answer.cancelled():
        answer.exception()
