"""The shared fixtures do what they say."""

from collections.abc import Awaitable, Callable

import asyncpg
import httpx
import pytest
import redis.asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.nodes.tansu import Tansu
from libs.chassis import ids
from libs.chassis.security import tokens
from tests import backends
from tests.conftest import AuthHeaders, TokensFor


async def test_each_database_is_new_and_ours(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        await connection.execute("CREATE TABLE mark (id int)")
    finally:
        await connection.close()


async def test_valkey_starts_empty(valkey_url: str) -> None:
    async with redis.asyncio.Redis.from_url(valkey_url) as client:
        assert await client.dbsize() == 0
        await client.set("mark", "1")


async def test_the_broker_carries_a_message(kafka_bootstrap: str) -> None:
    topic = f"fixtures.{ids.new_id()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    try:
        await producer.send_and_wait(topic, b"hello")
        assert (await consumer.getone()).value == b"hello"
    finally:
        await consumer.stop()
        await producer.stop()


def test_a_broker_of_ones_own_can_be_killed_and_comes_back_on_its_address(fresh_broker: Tansu) -> None:
    before = fresh_broker.pid
    fresh_broker.kill()
    assert not fresh_broker.running
    fresh_broker.start()
    assert fresh_broker.running
    assert fresh_broker.pid != before
    fresh_broker.check()


async def test_tokens_say_who_asks(tokens_for: TokensFor, auth_headers: AuthHeaders, verifier: tokens.Verifier) -> None:
    account, profile = ids.new_id(), ids.new_id()
    who = await verifier.verify(tokens_for(account_id=account, profile_id=profile, roles=["support"], maturity=12))
    assert (who.account_id, who.profile_id, who.roles, who.maturity) == (account, profile, frozenset({"support"}), 12)
    headers = httpx.Headers(auth_headers(account_id=account))
    assert (await verifier.verify(headers["authorization"].removeprefix("Bearer "))).profile_id is None


async def test_the_key_file_makes_an_application_trust_the_test_key(jwks_cache: str, tokens_for: TokensFor) -> None:
    trusting = tokens.Verifier("http://127.0.0.1:9/nowhere", cache_file=jwks_cache)
    assert (await trusting.verify(tokens_for(country="SE"))).country == "SE"


@pytest.mark.parametrize("required", ["docker", "env"])
def test_a_silent_fallback_fails_when_one_source_is_required(required: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in backends.KINDS.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(backends, "docker_runs", lambda: False)
    monkeypatch.setenv("REQUIRE_BACKEND", required)
    with pytest.raises(backends.WrongBackend, match=required):
        backends.source("postgres")


def test_a_url_in_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_BACKEND", raising=False)
    monkeypatch.setenv(backends.KINDS["postgres"], "postgresql://somewhere/else")
    assert backends.source("postgres") == "env"


async def test_a_migrated_database_has_the_chassis_tables(database: Callable[[str], Awaitable[str]]) -> None:
    first, second = await database("tests.local.migrated"), await database("tests.local.migrated")
    assert first != second
    connection = await asyncpg.connect(second)
    try:
        tables = {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables")}
    finally:
        await connection.close()
    assert {"outbox", "inbox", "thing"} <= tables
