"""Every service's migrations make the tables that its models describe, and take them away again."""

import asyncio

import asyncpg
import pytest
from alembic import command

from deploy.topology import SERVICES, owns_database
from libs.chassis.data import migrations
from tests.conftest import DatabaseFactory

# The pipeline's first migration makes the tables of its queue, which have no models.
PACKAGES = [service.package for service in SERVICES if owns_database(service) and service.name != "transcode"]


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        return {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    finally:
        await connection.close()


@pytest.mark.parametrize("package", PACKAGES)
async def test_models_and_migrations_agree(database: DatabaseFactory, package: str) -> None:
    url = await database(package)
    await asyncio.to_thread(command.check, migrations.config_for(package, url))


@pytest.mark.parametrize("package", PACKAGES)
async def test_down_and_up_again(database: DatabaseFactory, package: str) -> None:
    url = await database(package)
    before = await tables(url)
    assert len(before) > len(migrations.CHASSIS_TABLES)
    await asyncio.to_thread(migrations.downgrade, package, url, "base")
    assert await tables(url) == {"alembic_version"}
    await asyncio.to_thread(migrations.upgrade, package, url)
    assert await tables(url) == before
