"""What there was before a migration is kept by it."""

import asyncio

import asyncpg

from libs.chassis.data import migrations
from tests.catalog.conftest import Catalog
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


async def test_down_and_up_again_with_a_catalogue_in_it(catalog: Catalog) -> None:
    film = await catalog.film("The Moss Hour", genres=["Drama"], windows=[{"regions": ["US"]}])
    series, _ = await catalog.series(seasons=1, episodes=2)
    withdrawn = await catalog.film("Withdrawn before")
    await catalog.edit("POST", f"/titles/{withdrawn['id']}/unpublish")
    await catalog.app.state.withdrawals.stop()
    await catalog.client.put(f"/api/v1/titles/{film['id']}/rating", json={"stars": 4}, headers=catalog.viewer)
    paths = (f"/titles/{film['id']}", f"/titles/{series}/seasons/1/episodes", "/titles?sort=name", "/genres")

    async def shown() -> list[object]:
        return [(await catalog.get(path)).json() for path in paths]

    before, told = await shown(), await catalog.events(film["id"])
    await asyncio.to_thread(migrations.downgrade, "services.catalog", catalog.db.url, "catalog_0001")
    assert len(await catalog.rows("SELECT 1 FROM titles WHERE status = 'published'")) == 2
    await asyncio.to_thread(migrations.upgrade, "services.catalog", catalog.db.url)
    assert (await shown(), await catalog.events(film["id"])) == (before, told)
    left = await catalog.rows("SELECT title_id FROM withdrawals")
    assert [str(row["title_id"]) for row in left] == [withdrawn["id"]], "what viewers know of it is to be renamed yet"
    await catalog.change(film["id"], name="A Moss Hour")
    titles = [event for event in await catalog.events(film["id"]) if "version" in event]
    versions = [event["version"] for event in titles]
    assert (
        versions == sorted(set(versions)) and len(versions) == len([event for event in told if "version" in event]) + 1
    )


async def test_genres_that_had_lost_letters_are_found_by_what_they_were_called(catalog: Catalog) -> None:
    await catalog.film("One", genres=["Drama", "Русское"])
    await asyncio.to_thread(migrations.downgrade, "services.catalog", catalog.db.url, "2026_11_28_years_counted")
    await catalog.rows("DELETE FROM genres WHERE name <> 'Drama'")
    await catalog.rows(
        "INSERT INTO genres (slug, name) VALUES ('k', 'K-драма'), ('комедия', 'Комедия'), ('spa', 'Spaß'), ('spass', 'Spass')"
    )
    await catalog.rows("UPDATE titles SET genres = '{k,drama,spa,spass,комедия}'")
    await asyncio.to_thread(migrations.upgrade, "services.catalog", catalog.db.url)
    title = (await catalog.get("/titles")).json()["items"][0]
    assert title["genres"] == ["K-драма", "Drama", "Spass", "Комедия"], "what is one now is named once"
    for asked in ("k", "k-drama", "spa", "spass", "комедия", "komediya"):
        assert len((await catalog.get(f"/titles?genre={asked}")).json()["items"]) == 1, asked
    await catalog.film("Two", genres=["K"])
    assert [item["name"] for item in (await catalog.get("/titles?genre=k")).json()["items"]] == ["Two"], (
        "it is its own now"
    )
