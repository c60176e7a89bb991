"""What viewers see, and what does not exist for them."""

from datetime import timedelta
from typing import Any

import pytest

from libs.chassis.ids import new_id
from tests.catalog.conftest import NOON, Catalog


async def names(catalog: Catalog, path: str, headers: dict[str, str] | None = None) -> list[str]:
    answer = await catalog.get(path, headers)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_lists_are_paged_in_their_order(catalog: Catalog) -> None:
    for name, year in (("Delta", 1990), ("alpha", 2020), ("Charlie", 2005), ("Bravo", 2005)):
        await catalog.film(name, year=year)
    for sort, expected in (
        ("newest", ["Bravo", "Charlie", "alpha", "Delta"]),
        ("oldest", ["Delta", "alpha", "Charlie", "Bravo"]),
        ("name", ["alpha", "Bravo", "Charlie", "Delta"]),
        ("year", ["alpha", "Bravo", "Charlie", "Delta"]),
    ):
        found: list[str] = []
        cursor = ""
        while True:
            page = (await catalog.get(f"/titles?sort={sort}&limit=2{cursor}")).json()
            assert len(page["items"]) <= 2
            found += [item["name"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert found == expected, sort
    assert await names(catalog, "/titles/new?limit=1") == ["Bravo"]


async def test_the_alphabet_knows_articles_accents_and_numbers(catalog: Catalog) -> None:
    shown = ["Ängste", "The Apple", "Part 2", "Part 10", "Les Roses", "Żaba", "Zebra"]
    languages = {"Les Roses": "fr", "Ängste": "de", "Żaba": "pl"}
    for name in reversed(shown):
        await catalog.film(name, language=languages.get(name, "en"))
    assert await all_names(catalog) == shown

    zebra = (await catalog.edit("GET", "/titles?q=zebra")).json()["items"][0]
    await catalog.edit("PATCH", f"/titles/{zebra['id']}", json={"name": "A Zebra"}, headers={"If-Match": "*"})
    assert (await all_names(catalog))[-1] == "A Zebra"
    await catalog.edit("PATCH", f"/titles/{zebra['id']}", json={"language": "de"}, headers={"If-Match": "*"})
    assert (await all_names(catalog))[0] == "A Zebra"


async def all_names(catalog: Catalog) -> list[str]:
    """Every name in alphabetical order, read one to a page."""
    found: list[str] = []
    cursor = ""
    while True:
        page = (await catalog.get(f"/titles?sort=name&limit=1{cursor}")).json()
        found += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_long_names_in_any_script_have_a_next_page(catalog: Catalog) -> None:
    for last in "甲乙":
        await catalog.film("漢" * 199 + last)
    assert len(await all_names(catalog)) == 2


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJuZXdlc3QiLDEsMl0", "WyJuYW1lIiwiYSIsImIiXQ"])
async def test_a_cursor_that_is_not_ours_is_refused(catalog: Catalog, cursor: str) -> None:
    assert (await catalog.get(f"/titles?sort=newest&cursor={cursor}")).status_code == 422


async def test_genres_are_one_however_they_are_spelled(catalog: Catalog) -> None:
    await catalog.film("One", genres=["Sci-Fi", "Drama"])
    await catalog.film("Two", genres=["sci fi"])
    await catalog.film("Three", genres=["Drama"], maturity=18)
    genres = (await catalog.get("/genres")).json()["items"]
    assert genres == [{"id": "drama", "name": "Drama", "titles": 2}, {"id": "sci-fi", "name": "Sci-Fi", "titles": 2}]
    assert await names(catalog, "/titles?genre=sci-fi") == ["Two", "One"]
    child = catalog.auth_headers(profile_id=new_id(), maturity=7, kids=True)
    assert [item["titles"] for item in (await catalog.get("/genres", child)).json()["items"]] == [1, 2]
    await catalog.series()
    assert await names(catalog, "/titles?type=series") == ["Signal Rock"]
    await catalog.film("Four", genres=["K-драма", "J-драма", "Spaß"], maturity=18)
    ids = [item["id"] for item in (await catalog.get("/genres")).json()["items"]]
    assert sorted(ids) == ["drama", "j-drama", "k-drama", "sci-fi", "spass"], "they lose no letters"
    for asked in ("k-drama", "K-драма", "к-драма", "spass", "Spaß"):
        assert await names(catalog, f"/titles?genre={asked}") == ["Four"], asked


HIDDEN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"maturity": 16}, {"maturity": 12}),
    ({"windows": [{"regions": ["DE", "FR"]}]}, {"country": "US"}),
    ({"windows": [{"starts_at": (NOON + timedelta(days=1)).isoformat()}]}, {}),
    ({"windows": [{"ends_at": (NOON - timedelta(days=1)).isoformat()}]}, {}),
    ({"windows": [{"ends_at": (NOON - timedelta(days=1)).isoformat(), "regions": ["US"]}, {"regions": ["DE"]}]}, {}),
]


@pytest.mark.parametrize(("title", "viewer"), HIDDEN)
async def test_what_a_viewer_may_not_see_does_not_exist(
    catalog: Catalog, title: dict[str, Any], viewer: dict[str, Any]
) -> None:
    hidden = await catalog.film("Hidden", genres=["Drama"], **title)
    shown = await catalog.film("Shown", genres=["Drama"])
    headers = catalog.auth_headers(profile_id=new_id(), **viewer)
    for path in ("", "/seasons", "/seasons/1/episodes", "/similar"):
        answer = await catalog.get(f"/titles/{hidden['id']}{path}", headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "title_not_found"), path
    rated = await catalog.client.put(f"/api/v1/titles/{hidden['id']}/rating", json={"stars": 5}, headers=headers)
    assert rated.status_code == 404
    assert await names(catalog, "/titles", headers) == ["Shown"]
    assert await names(catalog, "/titles/new", headers) == ["Shown"]
    assert await names(catalog, f"/titles/cards?ids={hidden['id']},{shown['id']}", headers) == ["Shown"]
    assert await names(catalog, f"/titles/{shown['id']}/similar", headers) == []
    assert (await catalog.get("/genres", headers)).json()["items"][0]["titles"] == 1


async def test_a_window_opens_and_closes(catalog: Catalog) -> None:
    window = {
        "starts_at": (NOON + timedelta(hours=1)).isoformat(), "ends_at": (NOON + timedelta(hours=2)).isoformat(),
        "regions": ["DE"],
    }  # fmt: skip
    made = await catalog.film(windows=[window])
    german = catalog.auth_headers(profile_id=new_id(), country="DE")
    seen = []
    for _ in range(3):
        seen.append((await catalog.get(f"/titles/{made['id']}", german)).status_code)
        catalog.clock.advance(3600)
    assert seen == [404, 200, 404]


async def test_cards_keep_the_order_asked_for(catalog: Catalog) -> None:
    first, second = await catalog.film("First"), await catalog.film("Second")
    series, _ = await catalog.series()
    ids = f"{second['id']},{series},{first['id']},{new_id()},{second['id']}"
    found = (await catalog.get(f"/titles/cards?ids={ids}")).json()["items"]
    assert [item["name"] for item in found] == ["Second", "Signal Rock", "First"]
    assert found[0]["playable_id"] == second["playable_id"]
    assert found[1]["playable_id"] is None, "what a series plays is an episode"
    assert (await catalog.get("/titles/cards?ids=moss")).json()["code"] == "bad_id"
    many = ",".join(str(new_id()) for _ in range(101))
    assert (await catalog.get(f"/titles/cards?ids={many}")).status_code == 422


async def test_the_closest_titles_come_first(catalog: Catalog) -> None:
    one = await catalog.film("One", genres=["Drama"], directors=["Io Reed"], tags=["sea"])
    await catalog.film("Same genre", genres=["Drama"])
    await catalog.film("Same director and tag", directors=["Io Reed"], tags=["sea"])
    await catalog.film("Nothing in common", genres=["Comedy"])
    assert await names(catalog, f"/titles/{one['id']}/similar") == ["Same director and tag", "Same genre"]


async def test_series_have_their_seasons_and_films_none(catalog: Catalog) -> None:
    series, made = await catalog.series(seasons=2, episodes=3)
    seasons = (await catalog.get(f"/titles/{series}/seasons")).json()["items"]
    assert [(item["number"], item["episodes"]) for item in seasons] == [(1, 3), (2, 3)]
    assert (await catalog.get(f"/titles/{series}")).json()["seasons"] == 2
    episodes = (await catalog.get(f"/titles/{series}/seasons/2/episodes")).json()["items"]
    assert [item["playable_id"] for item in episodes] == [item["playable_id"] for item in made[1]]
    missing = await catalog.get(f"/titles/{series}/seasons/3/episodes")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_such_season")
    film = await catalog.film()
    assert (await catalog.get(f"/titles/{film['id']}/seasons")).json()["items"] == []


async def test_specials_are_named_so_come_last_and_are_no_season(catalog: Catalog) -> None:
    series, _ = await catalog.series(seasons=2, episodes=1)
    season = (await catalog.edit("POST", f"/titles/{series}/seasons", json={"number": 0})).json()
    assert season["name"] == "Specials"
    special = (
        await catalog.edit("POST", f"/seasons/{season['id']}/episodes", json={"number": 1, "name": "Extra"})
    ).json()
    await catalog.asset(special["playable_id"])
    seasons = (await catalog.get(f"/titles/{series}/seasons")).json()["items"]
    assert [(item["number"], item["name"]) for item in seasons] == [(1, "Season 1"), (2, "Season 2"), (0, "Specials")]
    assert (await catalog.get(f"/titles/{series}")).json()["seasons"] == 2
    told = (await catalog.events(series))[-1]
    assert [item["season_number"] for item in told["playables"]] == [1, 2, 0], "viewing order, for every other service"
    edited = (await catalog.edit("GET", f"/titles/{series}")).json()["seasons"]
    assert [item["number"] for item in edited] == [1, 2, 0]


async def test_reads_are_conditional(catalog: Catalog) -> None:
    made = await catalog.film()
    for path in (f"/titles/{made['id']}", "/titles", "/genres", f"/titles/cards?ids={made['id']}"):
        first = await catalog.get(path)
        tag = first.headers["etag"]
        assert tag.startswith('"')
        headers = {**catalog.viewer, "If-None-Match": f'"other", {tag}'}
        again = await catalog.get(path, headers)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), path
    await catalog.edit("PATCH", f"/titles/{made['id']}", json={"name": "Moss"}, headers={"If-Match": "*"})
    changed = await catalog.get("/titles", {**catalog.viewer, "If-None-Match": tag})
    assert changed.status_code == 200


async def test_ratings_are_one_for_each_profile(catalog: Catalog) -> None:
    made = await catalog.film()
    path = f"/api/v1/titles/{made['id']}/rating"
    viewers = [catalog.auth_headers(profile_id=new_id()) for _ in range(5)]
    for number, viewer in enumerate(viewers):
        if number == 4:
            assert await names(catalog, "/titles/top-rated") == [], "four ratings say little"
        await catalog.client.put(path, json={"stars": 3}, headers=viewer)
    answer = await catalog.client.put(path, json={"stars": 5}, headers=viewers[0])
    assert answer.json() == {"my_rating": 5, "rating": {"average": 3.4, "count": 5}}
    assert (await catalog.get(f"/titles/{made['id']}", viewers[0])).json()["my_rating"] == 5
    assert (await catalog.get(f"/titles/{made['id']}", viewers[1])).json()["my_rating"] == 3
    assert await names(catalog, "/titles/top-rated") == ["The Moss Hour"]
    taken = await catalog.client.delete(path, headers=viewers[0])
    assert taken.json() == {"my_rating": None, "rating": {"average": 3, "count": 4}}
    again = await catalog.client.delete(path, headers=viewers[0])
    assert again.json()["rating"]["count"] == 4
    for stars in (0, 6, 2.5, "many"):
        assert (await catalog.client.put(path, json={"stars": stars}, headers=viewers[0])).status_code == 422
