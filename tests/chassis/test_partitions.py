"""A topic has the partitions that its broker says, whatever its contract would have; and quiet is no reason to miss anything."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local.nodes.tansu import Tansu
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import consumers, replaying
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.chassis.messaging.consumers import Batch, Consumer, Received, Tail
from libs.chassis.settings import ServiceSettings
from libs.contracts.catalog import TitleChanged
from tests.chassis.conftest import eventually, note, title

TOPIC = TitleChanged.TOPIC.name


async def made(broker: Tansu, partitions: int) -> None:
    """Have the topic made by somebody else, with this many partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, partitions, 1)])
    finally:
        await admin.close()


async def partitions_of(broker: Tansu) -> int:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=broker.bootstrap)
    await consumer.start()
    try:
        return len(consumer.assignment())
    finally:
        await consumer.stop()


async def publish(bus: Bus, *events: TitleChanged) -> None:
    for event in events:
        await bus.send(
            Outgoing(TOPIC, event.key(), new_id(), event.TYPE, datetime.now(UTC), event.model_dump_json().encode())
        )


@asynccontextmanager
async def started(bus: Bus) -> AsyncIterator[Bus]:
    await bus.start()
    try:
        await bus.ready()
        yield bus
    finally:
        await bus.stop()


class Heard:
    """The handlers of a tail, and the versions it has heard of each title."""

    def __init__(self) -> None:
        self.versions: dict[UUID, list[int]] = {}

    @property
    def handlers(self) -> Mapping[type[Any], Any]:
        return {TitleChanged: self._hear}

    async def _hear(self, event: Received[TitleChanged]) -> None:
        self.versions.setdefault(event.data.title_id, []).append(event.data.version)


async def write(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
    for event in events:
        await note(session, event)


@pytest.mark.parametrize("partitions", [1, 9])
async def test_everything_is_read_of_a_topic_of_another_count(
    partitions: int, db: Database, fresh_broker: Tansu
) -> None:
    await made(fresh_broker, partitions)
    ids, heard = {new_id() for _ in range(60)}, Heard()
    async with started(Bus(fresh_broker.bootstrap, service="sample")) as bus:
        assert await partitions_of(fresh_broker) == partitions
        await publish(bus, *(title(i, 1) for i in ids))
        tail = Tail("sample", bus, heard.handlers)
        await tail.start()
        try:

            async def all_heard() -> bool:
                return heard.versions.keys() == ids

            await eventually(all_heard)
        finally:
            await tail.stop()
        reader = Consumer("sample", db, bus, {TitleChanged: Batch(write)})
        assert (await replaying.replay(db, reader, bus, TOPIC)).applied == 60
    assert {row["id"] for row in await db.pool.fetch("SELECT id FROM notes")} == ids


@pytest.mark.parametrize(("forgets", "partitions"), [(True, 1), (False, 6)])
async def test_a_broker_for_one_machine_gets_one_partition_a_topic(
    forgets: bool, partitions: int, fresh_broker: Tansu
) -> None:
    async with started(Bus(fresh_broker.bootstrap, service="sample", forgets=forgets)):
        assert await partitions_of(fresh_broker) == partitions


async def test_after_a_quiet_time_events_come_in_order_and_once(
    db: Database, fresh_broker: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "QUIET_AFTER", 0.0)  # whatever comes, comes after a quiet time
    one, heard = new_id(), Heard()
    async with started(Bus(fresh_broker.bootstrap, service="sample", forgets=True)) as bus:
        components = [Tail("sample", bus, heard.handlers), Consumer("sample", db, bus, {TitleChanged: Batch(write)})]
        for component in components:
            await component.start()
        try:
            for version in (1, 2, 3):
                await publish(bus, title(one, version))

                async def arrived(version: int = version) -> bool:
                    found = await db.pool.fetchrow("SELECT version, applied FROM notes WHERE id = $1", one)
                    return found is not None and tuple(found) == (version, version)

                await eventually(arrived)

            async def all_heard() -> bool:
                return heard.versions.get(one) == [1, 2, 3]

            await eventually(all_heard)
        finally:
            await asyncio.gather(*(component.stop() for component in components))


async def test_a_consumer_is_missed_after_the_time_that_the_settings_say(db: Database, fresh_broker: Tansu) -> None:
    settings = ServiceSettings(kafka_bootstrap=fresh_broker.bootstrap, kafka_session_seconds=12)
    async with started(Bus.of(settings, service="sample")) as bus:
        joined = await Consumer("sample", db, bus, {TitleChanged: Batch(write)})._open(await bus.ready())
        try:
            assert (joined._session_timeout_ms, joined._heartbeat_interval_ms) == (12_000, 4_000)
        finally:
            await joined.stop()
