"""Every service's migrations make the tables that its models describe, and take them away again."""

import asyncio

import asyncpg
import pytest
from alembic import command

from libs.chassis import migrations
from tests.conftest import DatabaseFactory

SERVICES = ("identity", "billing", "catalog", "playback", "watchstate")


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_models_and_migrations_agree(database: DatabaseFactory, service: str) -> None:
    url = await database(f"services.{service}")
    await asyncio.to_thread(command.check, migrations.config_for(f"services.{service}", url))


@pytest.mark.parametrize("service", SERVICES)
async def test_down_and_up_again(database: DatabaseFactory, service: str) -> None:
    url = await database(f"services.{service}")
    before = await tables(url)
    assert len(before) > len(migrations.CHASSIS_TABLES)
    await asyncio.to_thread(migrations.downgrade, f"services.{service}", url, "base")
    assert await tables(url) == {"alembic_version"}
    await asyncio.to_thread(migrations.upgrade, f"services.{service}", url)
    assert await tables(url) == before
