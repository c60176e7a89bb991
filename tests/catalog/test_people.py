"""People and their credits: one person for one spelling until staff say otherwise, and shown only with what a viewer may see."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from sqlalchemy import event

from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged
from services.catalog.repository import people
from tests.catalog.conftest import Catalog
from tests.catalog.test_images import encoded, plain
from tests.chassis.conftest import eventually
from tests.conftest import DatabaseFactory


async def person_named(catalog: Catalog, name: str) -> dict[str, Any]:
    [row] = [
        item
        for item in (await catalog.edit("GET", "/people", params={"q": name})).json()["items"]
        if item["name"] == name
    ]
    return (await catalog.edit("GET", f"/people/{row['id']}")).json()  # type: ignore[no-any-return]


async def test_names_of_before_become_people_and_nothing_is_lost(database: DatabaseFactory) -> None:
    url = await database("services.catalog")
    await asyncio.to_thread(migrations.downgrade, "services.catalog", url, "2026_11_26_trailers")
    connection = await asyncpg.connect(url)
    titles = [(["Ada Fern", "Io Reed"], ["Io Reed"]), (["Ada Fern"], []), ([], ["ada fern"]), ([], [])]
    try:
        for cast, directors in titles:
            await connection.execute(
                "INSERT INTO titles (id, slug, type, status, version, name, description, genres, cast_names, directors, tags,"
                " language, country, maturity, created_at, changed_at) VALUES (gen_random_uuid(), gen_random_uuid()::text,"
                " 'movie', 'draft', 1, 'A', '', '{}', $1, $2, '{}', 'en', '', 0, now(), now())", cast, directors,
            )  # fmt: skip
        await asyncio.to_thread(migrations.upgrade, "services.catalog", url)
        people = [row["name"] for row in await connection.fetch("SELECT name FROM people ORDER BY name")]
        credited = await connection.fetch(
            "SELECT t.cast_names, t.directors, array_agg(c.role || ':' || p.name ORDER BY c.position)"
            " FILTER (WHERE p.id IS NOT NULL) AS parts FROM titles t LEFT JOIN credits c ON c.title_id = t.id"
            " LEFT JOIN people p ON p.id = c.person_id GROUP BY t.id"
        )
    finally:
        await connection.close()
    assert people == ["Ada Fern", "Io Reed", "ada fern"]
    assert len(credited) == len(titles)
    for row in credited:
        parts = [f"director:{name}" for name in row["directors"]] + [f"actor:{name}" for name in row["cast_names"]]
        assert (row["parts"] or []) == parts


async def test_one_spelling_is_one_person_and_the_lists_of_names_go_on_working(catalog: Catalog) -> None:
    first = await catalog.film("One", cast=["Ada Fern", "Bo Dune"], directors=["Io Reed"])
    await catalog.film("Two", cast=["Ada  Fern"])
    shown = (await catalog.get(f"/titles/{first['id']}")).json()
    assert [(c["name"], c["role"]) for c in shown["credits"]] == [
        ("Io Reed", "director"), ("Ada Fern", "actor"), ("Bo Dune", "actor"),
    ]  # fmt: skip
    ada = shown["credits"][1]["person_id"]
    page = (await catalog.get(f"/people/{ada}")).json()
    assert [(c["title"]["name"], c["role"]) for c in page["credits"]] == [("Two", "actor"), ("One", "actor")]

    body = [{"person_id": ada, "role": "actor", "character": "The keeper"}, {"name": "Io Reed", "role": "writer"}]
    changed = await catalog.change(first["id"], credits=body)
    assert (changed["cast"], changed["directors"]) == (["Ada Fern"], [])
    changed = await catalog.change(first["id"], cast=["New Face", "Ada Fern"])
    assert [(c["name"], c["role"], c["character"]) for c in changed["credits"]] == [
        ("Io Reed", "writer", None), ("New Face", "actor", None), ("Ada Fern", "actor", "The keeper"),
    ], "who stays keeps the character, and what was not given stays"  # fmt: skip
    told = TitleChanged.model_validate((await catalog.events(first["id"]))[-1])
    assert told.cast == ("New Face", "Ada Fern")
    assert [(c.name, c.role, c.character) for c in told.credits][-1] == ("Ada Fern", "actor", "The keeper")
    both = await catalog.edit(
        "PATCH", f"/titles/{first['id']}", json={"cast": [], "credits": []}, headers={"If-Match": "*"}
    )
    nobody = [{"person_id": str(new_id()), "role": "actor"}]
    unknown = await catalog.edit("PATCH", f"/titles/{first['id']}", json={"credits": nobody}, headers={"If-Match": "*"})
    assert (both.status_code, unknown.json()["code"]) == (422, "unknown_person")


async def test_a_person_is_shown_only_with_what_the_viewer_may_see(catalog: Catalog) -> None:
    adult = await catalog.film("Adult", maturity=18, cast=["Ada Fern"], year=2020)
    mild = await catalog.film("Mild", maturity=0, cast=["Ada Fern"], year=2010)
    await catalog.film("Draft", published=False, cast=["Ada Fern", "Only Draft"])
    ada = (await catalog.get(f"/titles/{mild['id']}")).json()["credits"][0]["person_id"]
    child = catalog.auth_headers(profile_id=new_id(), maturity=7, kids=True)

    async def filmography(headers: dict[str, str] | None = None) -> list[str]:
        return [c["title"]["name"] for c in (await catalog.get(f"/people/{ada}", headers)).json()["credits"]]

    assert await filmography() == ["Adult", "Mild"]
    assert await filmography(child) == ["Mild"]
    await catalog.edit("POST", f"/titles/{mild['id']}/unpublish")
    hidden = await catalog.get(f"/people/{ada}", child)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "person_not_found")
    assert await filmography() == ["Adult"]
    draft = await person_named(catalog, "Only Draft")
    for other in (draft["id"], str(new_id())):
        assert (await catalog.get(f"/people/{other}")).json()["code"] == "person_not_found"
    await catalog.edit("POST", f"/titles/{adult['id']}/archive")
    assert (await catalog.get(f"/people/{ada}")).status_code == 404


async def test_an_episode_has_credits_of_its_own(catalog: Catalog) -> None:
    series, [[first, second]] = await catalog.series(seasons=1, episodes=2)
    guest = [{"name": "Guest Star", "role": "actor", "character": "Herself"}]
    changed = await catalog.edit("PATCH", f"/episodes/{second['id']}", json={"credits": guest})
    assert [c["name"] for c in changed.json()["seasons"][0]["episodes"][1]["credits"]] == ["Guest Star"]
    shown = (await catalog.get(f"/titles/{series}/seasons/1/episodes")).json()["items"]
    assert [[c["name"] for c in item["credits"]] for item in shown] == [[], ["Guest Star"]]
    assert (await catalog.get(f"/titles/{series}")).json()["credits"] == []
    person = await person_named(catalog, "Guest Star")
    assert person["credits"][0]["episode_id"] == second["id"]
    assert (await catalog.get(f"/people/{person['id']}")).json()["credits"][0]["title"]["title_id"] == series
    await catalog.edit("PATCH", f"/episodes/{first['id']}", json={"name": "Renamed"})
    assert (await person_named(catalog, "Guest Star"))["credits"], "a change of something else leaves credits alone"


async def test_a_new_name_is_told_with_every_title(catalog: Catalog) -> None:
    films = [await catalog.film(name, cast=["Ada Fern", "Bo Dune"]) for name in ("One", "Two")]
    ada = await person_named(catalog, "Ada Fern")
    path = f"/people/{ada['id']}"
    assert (await catalog.edit("PATCH", path, json={"name": "A"})).status_code == 428
    stale = await catalog.edit("PATCH", path, json={"name": "A"}, headers={"If-Match": '"9"'})
    assert (stale.status_code, stale.json()["version"]) == (412, 1)
    body = {"name": "Ada Stone", "other_names": ["Ada Fern"]}
    changed = await catalog.edit("PATCH", path, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    for film in films:
        told = TitleChanged.model_validate((await catalog.events(film["id"]))[-1])
        assert told.cast == ("Ada Stone", "Bo Dune")
        assert told.credits[0].other_names == ("Ada Fern",)
        assert (await catalog.get(f"/titles/{film['id']}")).json()["cast"] == ["Ada Stone", "Bo Dune"]
    before = len(await catalog.events(films[0]["id"]))
    await catalog.edit("PATCH", path, json={"biography": "Acts."}, headers={"If-Match": "*"})
    assert len(await catalog.events(films[0]["id"])) == before, "titles do not tell of biographies"
    for spelling in ("Ada Fern", "Ada Stone"):
        made = await catalog.film(spelling, cast=[spelling])
        assert (await catalog.get(f"/titles/{made['id']}")).json()["credits"][0]["person_id"] == ada["id"]
    actions = [item["action"] for item in (await catalog.edit("GET", f"{path}/audit")).json()]
    assert actions == ["change_person", "change_person"]


async def test_somebody_of_the_same_name_is_somebody_else(catalog: Catalog) -> None:
    await catalog.film("One", cast=["Sam Hill"])
    made = (await catalog.edit("POST", "/people", json={"name": "Sam Hill", "biography": "The other one."})).json()
    two = await catalog.film("Two", credits=[{"person_id": made["id"], "role": "director"}])
    three = await catalog.film("Three", cast=["Sam Hill"])
    shown = [(await catalog.get(f"/titles/{film['id']}")).json() for film in (two, three)]
    assert shown[0]["credits"][0]["person_id"] == made["id"] != shown[1]["credits"][0]["person_id"]
    picture = await catalog.edit("PUT", f"/people/{made['id']}/portrait", content=encoded(plain(400, 600)))
    assert picture.status_code == 200, picture.text
    assert (await catalog.get(f"/people/{made['id']}")).json()["portrait_url"] == picture.json()["url"]
    assert (await catalog.get(f"/titles/{two['id']}")).json()["credits"][0]["portrait_url"] == picture.json()["url"]
    unused = (await catalog.edit("POST", "/people", json={"name": "Nobody"})).json()
    assert (await catalog.edit("DELETE", f"/people/{unused['id']}")).status_code == 204
    assert (await catalog.edit("GET", f"/people/{unused['id']}")).json()["code"] == "person_not_found"


async def test_many_at_once_make_one_person_and_no_ring(catalog: Catalog) -> None:
    cast = [f"Person {n}" for n in range(6)]
    made = await asyncio.gather(*(catalog.film(f"F{n}", published=False, cast=cast[n % 3 :]) for n in range(6)))
    assert len(await catalog.rows("SELECT 1 FROM people")) == 6
    ids = [row["id"] for row in await catalog.rows("SELECT id FROM people ORDER BY name")]

    async def edit(method: str, path: str, **body: Any) -> httpx.Response:
        """As clients do, who are told to try again where others hold what they want for too long."""
        answer = await catalog.edit(method, path, json=body, headers={"If-Match": "*"})
        while answer.status_code == 503:
            answer = await catalog.edit(method, path, json=body, headers={"If-Match": "*"})
        return answer

    answers = await asyncio.gather(
        *(edit("PATCH", f"/people/{ids[5]}", name=f"N{n}") for n in range(3)),
        *(edit("PATCH", f"/titles/{film['id']}", cast=cast[::-1]) for film in made),
        edit("POST", f"/people/{ids[4]}/merge", into=str(ids[3])),
    )
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    names = {UUID(str(row["id"])): row["name"] for row in await catalog.rows("SELECT id, name FROM people")}
    for row in await catalog.rows(
        "SELECT t.cast_names, array_agg(p.name ORDER BY c.position) AS parts FROM titles t JOIN credits c ON c.title_id = t.id"
        " JOIN people p ON p.id = c.person_id GROUP BY t.id"
    ):
        assert row["cast_names"] == row["parts"], names


async def test_a_title_that_comes_to_credit_somebody_who_is_being_renamed_waits_in_no_ring(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its editor holds the title and waits for the person, and the renaming holds the person: it lets go, and begins again."""
    await catalog.film("One", cast=["Ada Fern"])
    late = await catalog.film("Two")
    person = await person_named(catalog, "Ada Fern")
    found, hold = people.titles_of, people.hold
    editing: list[asyncio.Task[httpx.Response]] = []

    async def credited_meanwhile(*given: Any) -> list[UUID]:
        titles = await found(*given)
        if not editing:
            await catalog.change(late["id"], cast=["Ada Fern"])
        return titles

    async def edited_meanwhile(*given: Any) -> Any:
        held = await hold(*given)
        if not editing:
            edit = catalog.edit(
                "PATCH", f"/titles/{late['id']}", json={"cast": ["Ada Fern", "Bo"]}, headers={"If-Match": "*"}
            )
            editing.append(asyncio.create_task(edit))
            await eventually(somebody_waits)
        return held

    async def somebody_waits() -> bool:
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return bool(await catalog.rows(waiting))

    monkeypatch.setattr(people, "titles_of", credited_meanwhile)
    monkeypatch.setattr(people, "hold", edited_meanwhile)
    renamed = await catalog.edit(
        "PATCH", f"/people/{person['id']}", json={"name": "Ada Moss"}, headers={"If-Match": "*"}
    )
    edited = await editing[0]
    assert (renamed.status_code, edited.status_code) == (200, 200), (renamed.text, edited.text)
    shown = [
        (await catalog.get(f"/titles/{credit['title_id']}")).json()["cast"] for credit in renamed.json()["credits"]
    ]
    assert sorted(shown) == [["Ada Moss"], ["Ada Moss", "Bo"]]
    told = TitleChanged.model_validate((await catalog.events(late["id"]))[-1])
    assert told.cast == ("Ada Moss", "Bo")


async def test_what_renaming_costs_does_not_grow_with_each_title(catalog: Catalog) -> None:
    """All titles that credit somebody are read and written together, for whoever edits them waits meanwhile."""

    async def statements(name: str) -> int:
        person = await person_named(catalog, name)
        asked = 0

        def count(*_: Any) -> None:
            nonlocal asked
            asked += 1

        engine = catalog.app.state.people_editing._db.engine.sync_engine
        event.listen(engine, "before_cursor_execute", count)
        answer = await catalog.edit(
            "PATCH", f"/people/{person['id']}", json={"name": f"{name} I"}, headers={"If-Match": "*"}
        )
        event.remove(engine, "before_cursor_execute", count)
        assert answer.status_code == 200, answer.text
        return asked

    await catalog.film("One", cast=["Ada Fern"])
    for n in range(8):
        await catalog.film(f"F{n}", cast=["Bo Moss"])
    assert await statements("Bo Moss") <= await statements("Ada Fern")


async def test_somebody_who_was_removed_comes_back_as_they_were(catalog: Catalog) -> None:
    body = {"name": "Ada Fern", "other_names": ["A. Fern"], "biography": "Born by the sea."}
    before = (await catalog.edit("POST", "/people", json=body)).json()
    path = f"/people/{before['id']}"
    await catalog.edit("PUT", f"{path}/portrait", content=encoded(plain(400, 400), "JPEG"))
    before = (await catalog.edit("GET", path)).json()
    refused = await catalog.edit("POST", f"{path}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_deleted")
    assert (await catalog.edit("DELETE", path)).status_code == 204
    assert (await catalog.edit("GET", f"{path}/audit")).json()[0]["action"] == "remove"
    # Meanwhile the name means somebody else, and goes on doing so.
    made = await catalog.film(cast=["Ada Fern"])
    answers = await asyncio.gather(*(catalog.edit("POST", f"{path}/restore") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (back,) = [answer.json() for answer in answers if answer.status_code == 200]
    same = ("id", "name", "other_names", "biography", "portrait_url", "created_at", "credits")
    assert {name: back[name] for name in same} == {name: before[name] for name in same}
    assert back["version"] > before["version"] and back["portrait_url"]
    credited = (await catalog.get(f"/titles/{made['id']}")).json()["credits"][0]["person_id"]
    assert credited != before["id"]
    assert (await catalog.edit("POST", f"/people/{new_id()}/restore")).status_code == 404
