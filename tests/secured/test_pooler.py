"""A service behind a pooler that lends a server's connection for one transaction at a time."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from deploy.local.ports import free_port
from libs.chassis.components import Component
from libs.chassis.data import migrations
from libs.chassis.data.database import Database
from libs.chassis.data.postgres import PoolerInTheWay
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer
from libs.contracts.catalog import TitleChanged
from services.playback.main import BY_KEY
from tests import backends
from tests.chassis.conftest import eventually, note, title
from tests.conftest import DatabaseFactory
from tests.secured.servers import PgBouncer


@pytest.fixture
async def direct(database: DatabaseFactory) -> str:
    return await database("tests.chassis.sample")


@pytest.fixture
def pooler(direct: str) -> Iterator[str]:
    """The way to the same database through a pooler with two connections."""
    with backends.folder() as own:
        node = PgBouncer(own, free_port(), direct)
        try:
            node.start()
            yield node.url
        finally:
            node.stop()


async def test_many_clients_share_two_connections(pooler: str, direct: str) -> None:
    first, second = (Database(pooler, pooled=True, direct_url=direct, hot_pool_size=10) for _ in range(2))
    await first.start()
    await second.start()

    async def session(db: Database, number: int) -> None:
        async with db.transaction() as it:
            assert await it.scalar(text("SELECT CAST(:number AS int)"), {"number": number}) == number
            assert await it.scalar(text("SELECT CAST(:number AS text)"), {"number": str(number)}) == str(number)

    async def hot(db: Database, number: int) -> None:
        assert await db.pool.fetchval("SELECT $1::int", number) == number
        assert await db.pool.fetchval("SELECT $1::jsonb", {"n": number}) == {"n": number}

    async def several(db: Database, number: int) -> None:
        async with db.pool.acquire() as connection, connection.transaction():
            for step in range(3):
                assert await connection.fetchval("SELECT $1::int + $2::int", number, step) == number + step

    try:
        for number in range(25):
            await asyncio.gather(*(way(db, number) for db in (first, second) for way in (session, hot, several) * 3))
    finally:
        await first.stop()
        await second.stop()


async def test_events_go_through(pooler: str, direct: str, kafka_bootstrap: str) -> None:
    db, bus = Database(pooler, pooled=True, direct_url=direct), Bus(kafka_bootstrap, service="sample")
    components: list[Component] = [
        db,
        bus,
        outbox.Relay(db, bus),
        Consumer(f"s{new_id()}", db, bus, {TitleChanged: note}),
    ]
    for component in components:
        await component.start()
    try:
        mine = new_id()
        async with db.transaction() as session:
            await outbox.add(session, title(mine, 1))

        async def arrived() -> bool:
            return bool(await db.pool.fetchval("SELECT count(*) FROM notes WHERE id = $1", mine))

        await eventually(arrived, 60)
    finally:
        for component in reversed(components):
            await component.stop()


async def test_what_a_pooler_would_break_is_refused(pooler: str) -> None:
    with pytest.raises(PoolerInTheWay, match="BIJOU_DATABASE_POOLED"):
        await Database(pooler).start()
    with pytest.raises(PoolerInTheWay, match="BIJOU_DATABASE_DIRECT_URL"):
        migrations.upgrade("tests.chassis.sample", pooler)
    unaware = Database(pooler, pooled=True, direct_url=pooler)
    with pytest.raises(PoolerInTheWay):
        await unaware.direct()


async def test_settings_that_do_not_arrive_are_said(pooler: str, direct: str) -> None:
    db = Database(pooler, pooled=True, direct_url=direct, settings=BY_KEY)
    with capture_logs() as said:
        await db.start()
    await db.stop()
    assert {line["way_out"] for line in said if line["event"] == "setting_missing_behind_pooler"} == {
        "ALTER ROLE … SET statement_timeout = '10000'",
        "ALTER ROLE … SET enable_seqscan = 'off'",
    }
