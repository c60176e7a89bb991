"""Lists narrowed to what is asked: every combination of filters gives what an oracle says, page by page, in its order."""

import json
import random
from typing import Any

from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from services.catalog.repository import browse
from tests.catalog.conftest import NOON, Catalog

GENRES, COUNTRIES, LANGUAGES = ["drama", "comedy", "sci-fi"], ["DE", "US", "JP"], ["de", "en", "ja"]
ORDERS: dict[str, Any] = {
    "newest": lambda item: (item["published_at"], item["id"]),
    "oldest": lambda item: (item["published_at"], item["id"]),
    "year": lambda item: (item["year"] or 0, item["id"]),
}


async def shelve(catalog: Catalog, dice: random.Random) -> list[dict[str, Any]]:
    """Fifty titles with something of everything, one in four of them credits the person."""
    made = [
        {
            "id": str(new_id()), "type": dice.choice(["movie", "series"]), "year": dice.choice([None, 1994, 1999, 2000, 2021]),
            "genres": dice.sample(GENRES, dice.randint(0, 2)), "country": dice.choice(COUNTRIES),
            "language": dice.choice(LANGUAGES), "maturity": dice.choice([0, 12, 18]),
            "runtime": dice.choice([None, 600, 5400, 9000]), "availability": dice.choice(["playable", "listed"]),
            "published_at": NOON.replace(minute=dice.randint(0, 3)).isoformat(), "credited": dice.random() < 0.25,
        }
        for _ in range(50)
    ]  # fmt: skip
    await catalog.rows(
        "INSERT INTO titles (id, slug, type, status, version, name, sort_name, description, year, genres, cast_names, directors,"
        " tags, language, country, maturity, runtime, availability, published_at, created_at, changed_at)"
        " SELECT id, id::text, type, 'published', 1, 'A', 'a', '', year, genres, '{}', '{}', '{}', language, country, maturity,"
        " runtime, availability, published_at, published_at, published_at FROM jsonb_to_recordset($1::jsonb) AS t (id uuid,"
        " type text, year int, genres text[], country text, language text, maturity int, runtime int, availability text,"
        " published_at timestamptz)", json.dumps(made),
    )  # fmt: skip
    person = (await catalog.edit("POST", "/people", json={"name": "Ada Fern"})).json()["id"]
    await catalog.rows(
        "INSERT INTO credits (title_id, person_id, role, position) SELECT id, $1, 'actor', 0 FROM unnest($2::uuid[]) AS t (id)",
        person, [item["id"] for item in made if item["credited"]],
    )  # fmt: skip
    for item in made:
        item["person"] = person if item["credited"] else None
    return made


def asked(dice: random.Random, person: str) -> dict[str, Any]:
    every = {
        "genre": dice.choice(GENRES), "type": dice.choice(["movie", "series"]), "person": person,
        "country": dice.choice(COUNTRIES), "language": dice.choice(LANGUAGES), "year": 1999, "year_to": 2000,
        "maturity": dice.choice([0, 12]), "duration": 601, "duration_to": 5400,
        "availability": dice.choice(["playable", "listed"]),
    }  # fmt: skip
    return {name: every[name] for name in dice.sample(sorted(every), dice.choice([0, 1, 1, 2, 2, 3]))}


def meets(item: dict[str, Any], wanted: dict[str, Any]) -> bool:
    tests: dict[str, Any] = {
        "genre": lambda value: value in item["genres"],
        "year": lambda value: item["year"] is not None and item["year"] >= value,
        "year_to": lambda value: item["year"] is not None and item["year"] <= value,
        "maturity": lambda value: item["maturity"] <= value,
        "duration": lambda value: item["runtime"] is not None and item["runtime"] >= value,
        "duration_to": lambda value: item["runtime"] is not None and item["runtime"] <= value,
    }
    return all(tests[name](value) if name in tests else item[name] == value for name, value in wanted.items())


async def test_every_combination_gives_what_an_oracle_says(catalog: Catalog) -> None:
    dice = random.Random(27)
    made = await shelve(catalog, dice)
    person = next(item["person"] for item in made if item["person"])
    found_something = 0
    for _ in range(60):
        wanted, sort = asked(dice, person), dice.choice(sorted(ORDERS))
        maturity = dice.choice([7, 18])
        viewer = catalog.auth_headers(profile_id=new_id(), maturity=maturity)
        shown = [item for item in made if item["maturity"] <= maturity and meets(item, wanted)]
        expected = [item["id"] for item in sorted(shown, key=ORDERS[sort], reverse=sort != "oldest")]
        seen: list[str] = []
        query: dict[str, Any] | None = {**wanted, "sort": sort, "limit": 7}
        while query:
            answer = await catalog.client.get("/api/v1/titles", params=query, headers=viewer)
            assert answer.status_code == 200, answer.text
            seen += [item["title_id"] for item in answer.json()["items"]]
            following = answer.json()["next_cursor"]
            query = {**query, "cursor": following} if following else None
        assert seen == expected, (wanted, sort, maturity)
        found_something += bool(expected)
    assert found_something > 30
    for bad in ("year=2000&year_to=1999", "duration=2&duration_to=1"):
        assert (await catalog.get(f"/titles?{bad}")).json()["code"] == "empty_range"


async def test_a_listed_title_is_shown_and_plays_nothing_until_its_film_arrives(catalog: Catalog) -> None:
    made = await catalog.film(published=False, availability="listed")
    published = await catalog.edit("POST", f"/titles/{made['id']}/publish")
    assert published.status_code == 200, published.text
    shown = (await catalog.get(f"/titles/{made['id']}")).json()
    assert (shown["availability"], shown["playable_id"]) == ("listed", None)
    assert (await catalog.get("/titles?availability=playable")).json()["items"] == []
    told = (await catalog.events(made["id"]))[-1]
    assert (told["availability"], told["playables"][0]["asset"]) == ("listed", None)
    await catalog.asset(made["playable_id"])
    shown = (await catalog.get(f"/titles/{made['id']}")).json()
    assert (shown["availability"], shown["playable_id"]) == ("playable", made["playable_id"])
    assert (await catalog.events(made["id"]))[-1]["availability"] == "playable"


async def test_what_is_listed_and_has_no_film_is_not_made_playable_by_hand_while_it_is_shown(catalog: Catalog) -> None:
    made = await catalog.film("Coming", published=False, availability="listed")
    path = f"/titles/{made['id']}"
    assert (await catalog.edit("POST", f"{path}/publish")).status_code == 200
    body, any_version = {"availability": "playable"}, {"If-Match": "*"}
    refused = await catalog.edit("PATCH", path, json=body, headers=any_version)
    assert (refused.status_code, refused.json()["code"], refused.json()["missing"]) == (409, "not_playable", ["asset"])
    assert (await catalog.get(path)).json()["availability"] == "listed"
    await catalog.edit("POST", f"{path}/unpublish")
    assert (await catalog.edit("PATCH", path, json=body, headers=any_version)).status_code == 200, (
        "a draft may lack its film"
    )


MANY = """INSERT INTO titles (id, slug, type, status, version, name, sort_name, description, year, genres,
  cast_names, directors, tags, language, country, maturity, runtime, availability, published_at, created_at, changed_at)
SELECT gen_random_uuid(), 'title-' || n, 'movie', 'published', 1, 'Title', 'title', repeat('What happens in it. ', 8),
  1930 + (n * 7919) % 95, ARRAY[CASE WHEN n % 33 = 0 THEN 'fog' ELSE 'noir' END], '{}', '{}', '{}',
  (ARRAY['en', 'en', 'ja', 'de'])[1 + n % 4], 'US', 12, 1200 + (n * 97) % 9000, 'playable', moment, moment, moment
FROM (SELECT n, $1::timestamptz - n * interval '1 minute' AS moment FROM generate_series(1, 40000) n) t"""


async def test_of_many_titles_as_many_are_read_as_fill_a_page(catalog: Catalog) -> None:
    """However often a list is asked for: a plan for any values would take all to be rare, and read all that are common."""
    await catalog.rows(MANY, NOON)
    await catalog.rows("VACUUM ANALYZE titles")
    viewer = browse.Viewer("US", 18, NOON, ("en",))
    read = "SELECT heap_blks_read + heap_blks_hit FROM pg_statio_user_tables WHERE relname = 'titles'"
    db = Database(catalog.db.url, hot_pool_size=1)
    await db.start()
    try:

        async def pages() -> int:
            await db.pool.execute("SELECT pg_stat_force_next_flush()")
            return int(await db.pool.fetchval(read))

        for filters in (
            browse.Filters(language="de", year=1990, year_to=1999),
            browse.Filters(genre="noir", country="US", language="en", year=1980, maturity=12, runtime_to=7200),
        ):
            before, lists = await pages(), 12
            for _ in range(lists):
                assert len(await browse.titles(db, viewer, filters, sort="newest", after=None, limit=20)) == 20
            # Of the titles' two thousand pages.
            assert (await pages() - before) / lists < 400, filters
    finally:
        await db.stop()


async def test_what_has_something_to_play_is_not_only_listed(catalog: Catalog) -> None:
    film = (await catalog.film("Moss"))["id"]
    series, _ = await catalog.series(seasons=1, episodes=1, published=False)
    for title in (film, series):
        before = (await catalog.edit("GET", f"/titles/{title}")).json()
        refused = await catalog.edit(
            "PATCH", f"/titles/{title}", json={"availability": "listed", "year": 1999}, headers={"If-Match": "*"}
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "has_film")
        assert (await catalog.edit("GET", f"/titles/{title}")).json() == before
    assert (await catalog.change(film, availability="playable"))["availability"] == "playable"
