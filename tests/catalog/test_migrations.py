"""What there was before a migration is kept by it."""

import asyncio

import asyncpg

from libs.chassis import migrations
from tests.conftest import DatabaseFactory


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
