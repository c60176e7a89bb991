"""Seasons, episodes, collections and people speak the viewer's language where they can, as titles do."""

from typing import Any

from libs.chassis.ids import new_id
from tests.catalog.conftest import Catalog

GERMAN = {"name": "Folge eins", "description": "Nebel."}


async def test_seasons_and_episodes_speak_the_viewers_language_and_come_back(catalog: Catalog) -> None:
    title_id, ((episode,),) = await catalog.series("Signal Rock", 1, 1)
    before = (await catalog.edit("GET", f"/titles/{title_id}")).json()
    season = before["seasons"][0]["id"]
    body: dict[str, Any] = {"texts": {"DE": GERMAN, "fr": {"name": "Premier"}}}
    changed = await catalog.edit("PATCH", f"/episodes/{episode['id']}", json=body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["seasons"][0]["episodes"][0]["texts"]["de"] == GERMAN
    assert (
        await catalog.edit("PATCH", f"/seasons/{season}", json={"texts": {"de": {"name": "Erste"}}})
    ).status_code == 200

    async def said(language: str, speaking: str = "") -> tuple[str, str, str]:
        who = catalog.auth_headers(profile_id=new_id(), language=language) | {"Accept-Language": speaking}
        (found,) = (await catalog.get(f"/titles/{title_id}/seasons", who)).json()["items"]
        (item,) = (await catalog.get(f"/titles/{title_id}/seasons/1/episodes", who)).json()["items"]
        return found["name"], item["name"], item["description"]

    assert await said("de-AT") == ("Erste", "Folge eins", "Nebel.")
    assert await said("", "de") == ("Erste", "Folge eins", "Nebel.")
    assert await said("fr") == ("Season 1", "Premier", "")
    assert await said("en") == ("Season 1", "Episode 1.1", "")
    rollback = {"version": before["version"]}
    answer = await catalog.edit("POST", f"/titles/{title_id}/rollback", json=rollback, headers={"If-Match": "*"})
    assert answer.status_code == 200 and await said("de") == ("Season 1", "Episode 1.1", "")
    for bad in ({"texts": {"german": {"name": "A"}}}, {"texts": {"de": {"title": "A"}}}, {"texts": None}):
        assert (await catalog.edit("PATCH", f"/episodes/{episode['id']}", json=bad)).status_code == 422, bad


async def test_collections_and_people_speak_the_viewers_language_and_come_back(catalog: Catalog) -> None:
    film = await catalog.film(cast=["Ada Fern"])
    shelf = {
        "name": "By the sea", "description": "Salt.", "title_ids": [film["id"]], "home_place": 1,
        "texts": {"de": {"name": "Am Meer"}},
    }  # fmt: skip
    made = await catalog.edit("POST", "/collections", json=shelf)
    assert made.status_code == 201 and made.json()["texts"]["de"]["name"] == "Am Meer", made.text
    person = (await catalog.get(f"/titles/{film['id']}")).json()["credits"][0]["person_id"]
    body = {"biography": "Born.", "texts": {"de": {"biography": "Geboren."}}}
    changed = await catalog.edit("PATCH", f"/people/{person}", json=body, headers={"If-Match": "*"})
    assert changed.status_code == 200, changed.text

    async def said(language: str) -> list[str]:
        who = catalog.auth_headers(profile_id=new_id(), language=language)
        one = (await catalog.get(f"/collections/{made.json()['id']}", who)).json()
        (row,) = (await catalog.get("/collections", who)).json()["items"]
        life = (await catalog.get(f"/people/{person}", who)).json()["biography"]
        return [one["name"], row["name"], one["description"], life]

    assert await said("de") == ["Am Meer", "Am Meer", "Salt.", "Geboren."]
    assert await said("fr") == ["By the sea", "By the sea", "Salt.", "Born."]
    path = f"/collections/{made.json()['id']}"
    assert (await catalog.edit("DELETE", path)).status_code == 204
    assert (await catalog.edit("POST", f"{path}/restore")).json()["texts"] == made.json()["texts"]


async def test_trailers_are_called_in_the_viewers_language_and_come_back(catalog: Catalog) -> None:
    made = await catalog.film("The Moss")
    path = f"/titles/{made['id']}"
    body = {"name": "The last trailer", "texts": {"de-at": {"name": "Der letzte Trailer"}, "fr": {}}}
    trailer = (await catalog.edit("POST", f"{path}/trailers", json=body)).json()
    assert trailer["texts"] == {"de-AT": {"name": "Der letzte Trailer"}, "fr": {"name": None}}
    await catalog.asset(trailer["playable_id"])

    async def called(language: str) -> list[str]:
        headers = catalog.auth_headers(profile_id=catalog.editor_id, language=language)
        body = (await catalog.get(path, headers)).json()
        card = (await catalog.get(f"/titles/cards?ids={made['id']}", headers)).json()["items"][0]
        return [body["trailers"][0]["name"], card["trailer"]["name"]]

    assert await called("de-AT") == ["Der letzte Trailer"] * 2
    assert await called("fr") == await called("en") == ["The last trailer"] * 2
    mark = (await catalog.edit("GET", path)).json()["version"]
    changed = await catalog.edit("PATCH", f"/trailers/{trailer['id']}", json={"texts": {"fr": {"name": "Le dernier"}}})
    assert changed.status_code == 200 and await called("fr") == ["Le dernier"] * 2
    assert await called("de-AT") == ["The last trailer"] * 2, "texts are given whole"
    assert (await catalog.edit("PATCH", f"/trailers/{trailer['id']}", json={"texts": None})).status_code == 422
    for body in ({"version": mark}, {"version": mark + 1}, {"version": mark}):
        assert (await catalog.edit("POST", f"{path}/rollback", json=body, headers={"If-Match": "*"})).status_code == 200
    assert await called("de-AT") == ["Der letzte Trailer"] * 2
    await catalog.edit("DELETE", f"/trailers/{trailer['id']}")
    await catalog.edit("POST", f"{path}/rollback", json={"version": mark}, headers={"If-Match": "*"})
    assert await called("de-AT") == ["Der letzte Trailer"] * 2
