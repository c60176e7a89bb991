"""The migrations make the tables that the models describe, and take them away again."""

import asyncio

import asyncpg
from alembic import command

from libs.chassis import migrations
from tests.conftest import DatabaseFactory


async def test_models_and_migrations_agree(database: DatabaseFactory) -> None:
    url = await database("services.billing")
    await asyncio.to_thread(command.check, migrations.config_for("services.billing", url))


async def test_down_and_up_again(database: DatabaseFactory) -> None:
    url = await database("services.billing")

    async def tables() -> set[str]:
        connection = await asyncpg.connect(url)
        try:
            return {
                row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            }
        finally:
            await connection.close()

    before = await tables()
    assert "subscriptions" in before
    await asyncio.to_thread(migrations.downgrade, "services.billing", url, "base")
    assert await tables() == {"alembic_version"}
    await asyncio.to_thread(migrations.upgrade, "services.billing", url)
    assert await tables() == before
