"""The migrations make the tables that the models describe, and take them away again."""

import asyncio

import asyncpg
from alembic import command

from libs.chassis import migrations
from tests.conftest import DatabaseFactory


async def test_models_and_migrations_agree(database: DatabaseFactory) -> None:
    url = await database("services.catalog")
    await asyncio.to_thread(command.check, migrations.config_for("services.catalog", url))


async def test_down_and_up_again(database: DatabaseFactory) -> None:
    url = await database("services.catalog")

    async def tables() -> set[str]:
        connection = await asyncpg.connect(url)
        try:
            return {
                row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            }
        finally:
            await connection.close()

    before = await tables()
    assert "titles" in before
    await asyncio.to_thread(migrations.downgrade, "services.catalog", url, "base")
    assert await tables() == {"alembic_version"}
    await asyncio.to_thread(migrations.upgrade, "services.catalog", url)
    assert await tables() == before


async def test_titles_of_before_get_their_place_in_the_alphabet(database: DatabaseFactory) -> None:
    url = await database("services.catalog")
    await asyncio.to_thread(migrations.downgrade, "services.catalog", url, "catalog_0001")
    connection = await asyncpg.connect(url)
    try:
        for name, language in (("The Moss Hour", "en"), ("Die Welle", "de")):
            await connection.execute(
                "INSERT INTO titles (id, slug, type, status, version, name, description, genres, cast_names, directors, tags,"
                " language, country, maturity, created_at, changed_at) VALUES (gen_random_uuid(), $1, 'movie', 'draft', 1, $1,"
                " '', '{}', '{}', '{}', '{}', $2, '', 0, now(), now())", name, language,
            )  # fmt: skip
        await asyncio.to_thread(migrations.upgrade, "services.catalog", url)
        rows = await connection.fetch("SELECT sort_name FROM titles ORDER BY sort_name")
    finally:
        await connection.close()
    assert [row["sort_name"] for row in rows] == ["moss hour", "welle"]
