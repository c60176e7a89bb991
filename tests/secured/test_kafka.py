"""The way of an event through Apache Kafka that asks for a password over TLS: administrator, producer, consumer, tail."""

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from deploy.local.ports import free_port
from libs.chassis.components import Component
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus, BusUnavailable, Outgoing
from libs.chassis.messaging.consumers import Consumer, Tail
from libs.chassis.settings import ServiceSettings
from libs.contracts.catalog import TitleChanged
from pipelines.analytics.clients import Broker
from pipelines.analytics.settings import Settings as LakeSettings
from tests import backends
from tests.brokers import PASSWORD, USER, ApacheKafka
from tests.chassis.conftest import eventually, note, title
from tests.conftest import DatabaseFactory
from tests.secured.certificates import Authority
from tests.secured.conftest import HERE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def broker(authority: Authority) -> Iterator[ApacheKafka]:
    with backends.folder() as own:
        shown = authority.server(*HERE, into=own)
        keystore = own / "keystore.pem"
        keystore.write_bytes(shown.key.read_bytes() + shown.file.read_bytes())
        node = ApacheKafka(own, free_port(), keystore)
        try:
            node.start(120)
            yield node
        finally:
            node.stop()


def settings(broker: ApacheKafka, authority: Authority, **others: object) -> ServiceSettings:
    told = {
        "kafka_bootstrap": broker.bootstrap,
        "kafka_security": "sasl_ssl",
        "kafka_ca_file": str(authority.file),
        "kafka_username": USER,
        "kafka_password": SecretStr(PASSWORD),
    }
    return ServiceSettings.model_validate({**told, **others})


@pytest.mark.timeout(300)
async def test_an_event_arrives(broker: ApacheKafka, authority: Authority, database: DatabaseFactory) -> None:
    db = Database(await database("tests.chassis.sample"))
    bus = Bus.of(settings(broker, authority), service="sample")
    seen: list[str] = []

    async def remember(event: object) -> None:
        seen.append(event.data.name)  # type: ignore[attr-defined]

    components: list[Component] = [db, bus, outbox.Relay(db, bus), Consumer("sample", db, bus, {TitleChanged: note})]
    components.append(Tail("sample", bus, {TitleChanged: remember}))
    for component in components:
        await component.start()
    try:
        async with db.transaction() as session:
            await outbox.add(session, title(new_id(), 1, "Salt"))

        async def arrived() -> bool:
            return seen == ["Salt"] and await db.pool.fetchval("SELECT count(*) FROM notes") == 1

        await eventually(arrived, 120)
    finally:
        for component in reversed(components):
            await component.stop()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_each_way_to_sign_in(broker: ApacheKafka, authority: Authority, mechanism: str) -> None:
    bus = Bus.of(settings(broker, authority, kafka_mechanism=mechanism), service="sample")
    await bus.start()
    try:
        async with asyncio.timeout(120):
            await bus.ready()
    finally:
        await bus.stop()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_the_lakes_sink_reads_by_each_way_to_sign_in(
    broker: ApacheKafka, authority: Authority, mechanism: str
) -> None:
    """It has a client of its own: the same settings mean the same to both."""
    told = settings(broker, authority, kafka_mechanism=mechanism)
    bus = Bus.of(told, service="sample")
    await bus.start()
    reader = Broker(LakeSettings(database_url="", object_store_url="", **told.model_dump(exclude_defaults=True)))
    try:
        async with asyncio.timeout(120):
            await bus.ready()
            event = title(new_id(), 1, mechanism)
            value = event.model_dump_json().encode()
            await bus.send(Outgoing(event.TOPIC.name, event.key(), new_id(), event.TYPE, event.changed_at, value))
            topic = event.TOPIC.name
            await reader.go(topic, (await reader.partitions([topic]))[topic], {})
            found: list[bytes] = []
            while value not in found:
                found += [record.value() or b"" for record in (await reader.records(0.5)).get(topic, ())]
    finally:
        await reader.close()
        await bus.stop()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kafka_password": SecretStr("another long password")}, "SaslAuthenticationFailed"),
        ({"kafka_ca_file": ""}, "CERTIFICATE_VERIFY_FAILED"),
    ],
    ids=["password", "authority"],
)
async def test_a_wrong_sign_in_is_said(
    broker: ApacheKafka, authority: Authority, caplog: pytest.LogCaptureFixture, wrong: dict[str, object], said: str
) -> None:
    bus = Bus.of(settings(broker, authority, **wrong), service="sample")
    await bus.start()
    try:

        async def told() -> bool:
            return bus.problem not in (None, "starting")

        await eventually(told, 120)
        assert said in caplog.text
        with pytest.raises(BusUnavailable):
            await bus.check()
    finally:
        await bus.stop()
