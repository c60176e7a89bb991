"""Every service's migrations make the tables that its models describe, and take them away again."""

import asyncio
from importlib import import_module

import asyncpg
import pytest
import sqlalchemy as sa
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


# What these lead to is never deleted: prices, subscriptions, receipts and the sandbox's cards are kept for ever.
KEPT = {"plans", "subscriptions", "invoices", "sandbox_cards"}


def _is_led_by(columns: list[str], index: sa.Index | sa.UniqueConstraint | sa.PrimaryKeyConstraint) -> bool:
    parts = index.expressions if isinstance(index, sa.Index) else index.columns
    return [getattr(part, "name", None) for part in parts][: len(columns)] == columns


@pytest.mark.parametrize("package", PACKAGES)
def test_every_reference_is_found_by_an_index(package: str) -> None:
    """Whoever deletes what is referred to would otherwise read the whole table, once for each row."""
    metadata: sa.MetaData = import_module(f"{package}.models").Base.metadata
    for table in metadata.tables.values():
        keys = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
        for reference in table.foreign_key_constraints:
            columns = [column.name for column in reference.columns]
            found = any(_is_led_by(columns, index) for index in (*table.indexes, *keys))
            assert found or reference.referred_table.name in KEPT, f"{table.name}.{columns}"
