"""People and their credits: one person for one spelling until staff say otherwise, and shown only with what a viewer may see."""

import asyncio
from dataclasses import dataclass, field
from random import Random
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


async def test_two_who_are_one_are_merged(catalog: Catalog) -> None:
    one = await catalog.film("One", cast=["Ada Fern"], directors=["A. Fern"])
    both = await catalog.film("Both", cast=["A. Fern", "Ada Fern"])
    short, long = await person_named(catalog, "A. Fern"), await person_named(catalog, "Ada Fern")
    assert (await catalog.edit("POST", f"/people/{long['id']}/merge", json={"into": long["id"]})).json()[
        "code"
    ] == "same_person"
    for each, texts in ((short, {"de": "Kurz.", "fr": "Court."}), (long, {"de": "Lang.", "fr": None, "es": "Largo."})):
        said = {language: {"biography": text} for language, text in texts.items()}
        changed = await catalog.edit("PATCH", f"/people/{each['id']}", json={"texts": said}, headers={"If-Match": "*"})
        assert changed.status_code == 200, changed.text
    merged = (await catalog.edit("POST", f"/people/{short['id']}/merge", json={"into": long["id"]})).json()
    assert {language: said["biography"] for language, said in merged["texts"].items()} == {
        "de": "Lang.",
        "fr": "Court.",
        "es": "Largo.",
    }
    assert (merged["id"], merged["other_names"]) == (long["id"], ["A. Fern"])
    assert len(merged["credits"]) == 3
    assert (await catalog.get(f"/titles/{both['id']}")).json()["cast"] == ["Ada Fern"]
    told = TitleChanged.model_validate((await catalog.events(one["id"]))[-1])
    assert (told.cast, told.directors) == (("Ada Fern",), ("Ada Fern",))
    assert (await catalog.get(f"/people/{short['id']}")).json()["id"] == long["id"], "the old address still leads there"
    again = await catalog.film("Again", cast=["A. Fern"])
    assert (await catalog.get(f"/titles/{again['id']}")).json()["cast"] == ["Ada Fern"]
    assert (await catalog.edit("DELETE", f"/people/{long['id']}")).json()["code"] == "person_credited"
    for method, path, body in (
        ("POST", "/merge", {"json": {"into": long["id"]}}),
        ("PATCH", "", {"json": {"biography": "Whose?"}}),
        ("DELETE", "", {}),
        ("PUT", "/portrait", {"content": encoded(plain(400, 600))}),
    ):
        refused = await catalog.edit(method, f"/people/{short['id']}{path}", **body, headers={"If-Match": "*"})
        said = refused.json()
        assert (refused.status_code, said["code"], said["into"]) == (409, "person_merged", long["id"]), path


async def test_a_merge_is_taken_back_but_for_what_was_edited_since(catalog: Catalog) -> None:
    one = await catalog.film("One", cast=["Ada Fern"], directors=["A. Fern"])
    both = await catalog.film("Both", cast=["A. Fern", "Ada Fern"])
    gone = await catalog.film("Gone", cast=["A. Fern"])
    short, long = await person_named(catalog, "A. Fern"), await person_named(catalog, "Ada Fern")
    said = {"biography": "Short of Ada?", "texts": {"fr": {"biography": "Court."}}, "other_names": ["A. F."]}
    told = await catalog.edit("PATCH", f"/people/{short['id']}", json=said, headers={"If-Match": "*"})
    assert told.status_code == 200, told.text
    picture = await catalog.edit("PUT", f"/people/{short['id']}/portrait", content=encoded(plain(400, 600)))
    before = [(await catalog.edit("GET", f"/people/{each['id']}")).json() for each in (short, long)]
    early = await catalog.edit("POST", f"/people/{short['id']}/split")
    assert (early.status_code, early.json()["code"]) == (409, "not_merged")
    merged = (await catalog.edit("POST", f"/people/{short['id']}/merge", json={"into": long["id"]})).json()
    assert merged["biography"] == "Short of Ada?" and merged["portrait_url"]
    await catalog.change(gone["id"], cast=["Bo Dune"])
    stale = await catalog.edit("POST", f"/people/{short['id']}/split", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    apart = await catalog.edit("POST", f"/people/{short['id']}/split", headers={"If-Match": "*"})
    assert apart.status_code == 200, apart.text
    after = [(await catalog.edit("GET", f"/people/{each['id']}")).json() for each in (short, long)]
    for was, now in zip(before, after, strict=True):
        for item in (was, now):
            item.pop("version"), item.pop("changed_at", None)
            item["credits"] = [each for each in item["credits"] if each["title_id"] != gone["id"]]
    assert after == before
    assert after[0]["portrait_url"] == picture.json()["url"]
    assert (await catalog.get(f"/titles/{both['id']}")).json()["cast"] == ["A. Fern", "Ada Fern"]
    event = TitleChanged.model_validate((await catalog.events(one["id"]))[-1])
    assert (event.cast, event.directors) == (("Ada Fern",), ("A. Fern",))
    again = await catalog.film("Again", cast=["A. Fern"])
    assert (await catalog.get(f"/titles/{again['id']}")).json()["credits"][0]["person_id"] == short["id"]
    assert (await catalog.get(f"/titles/{gone['id']}")).json()["cast"] == ["Bo Dune"], "what was edited since stands"
    log = (await catalog.edit("GET", f"/people/{short['id']}/audit")).json()
    assert [item["action"] for item in log[:2]] == ["split_people", "merge_people"]
    twice = await catalog.edit("POST", f"/people/{short['id']}/split")
    assert (twice.status_code, twice.json()["code"]) == (409, "not_merged")


async def test_of_merges_one_after_the_other_each_is_taken_back_by_itself(catalog: Catalog) -> None:
    names = ("Ann", "Bea", "Cle")
    films = [await catalog.film(name, cast=[name]) for name in names]
    ann, bea, cle = [(await person_named(catalog, name))["id"] for name in names]
    pictures = {}
    for person, size in ((ann, 400), (bea, 480)):
        put = await catalog.edit("PUT", f"/people/{person}/portrait", content=encoded(plain(size, size)))
        pictures[person] = put.json()["url"]
    for person, into in ((ann, bea), (bea, cle)):
        assert (await catalog.edit("POST", f"/people/{person}/merge", json={"into": into})).status_code == 200
    assert (await catalog.edit("POST", f"/people/{bea}/split")).status_code == 200
    assert (await catalog.edit("GET", f"/people/{ann}")).json()["id"] == bea
    casts = [(await catalog.get(f"/titles/{film['id']}")).json()["cast"] for film in films]
    assert casts == [["Bea"], ["Bea"], ["Cle"]]
    several = await asyncio.gather(*(catalog.edit("POST", f"/people/{ann}/split") for _ in range(4)))
    assert sorted(answer.status_code for answer in several) == [200, 409, 409, 409]
    casts = [(await catalog.get(f"/titles/{film['id']}")).json()["cast"] for film in films]
    assert casts == [["Ann"], ["Bea"], ["Cle"]]
    shown = {each: (await catalog.edit("GET", f"/people/{each}")).json()["portrait_url"] for each in (ann, bea, cle)}
    assert shown == {**pictures, cle: None}, "one that gave way to another's comes back as well"


@dataclass
class Somebody:
    """A person of the model: what is theirs, and whom they are merged into."""

    id: str
    name: str
    other_names: list[str]
    biography: str
    texts: dict[str, str]
    # By title and role.
    characters: dict[tuple[str, str], str | None]
    within: list["Somebody"] = field(default_factory=list)

    def all(self) -> list["Somebody"]:
        """They and whoever was merged into them, in that order."""
        return [self, *(each for other in self.within for each in other.all())]

    def shown(self) -> dict[str, Any]:
        """What they show, as the API says it."""
        everyone = self.all()
        names = {name for each in everyone for name in (each.name, *each.other_names)}
        texts, parts = dict[str, str](), dict[tuple[str, str], list[str | None]]()
        for each in everyone:
            texts = {**each.texts, **texts}
            for part, character in each.characters.items():
                parts.setdefault(part, []).append(character)
        return {
            "id": self.id, "name": self.name, "other_names": names - {self.name}, "texts": texts,
            "biography": next((each.biography for each in everyone if each.biography), ""),
            "credits": {
                (*part, character)
                for part, said in parts.items() for character in (set(said) - {None} or {None})
            },
        }  # fmt: skip


async def as_shown(catalog: Catalog, person: str) -> dict[str, Any]:
    said = (await catalog.edit("GET", f"/people/{person}")).json()
    assert len(said["credits"]) == len({tuple(each.items()) for each in said["credits"]})
    return {
        **{name: said[name] for name in ("id", "name", "biography")},
        "other_names": set(said["other_names"]),
        "texts": {tag: texts["biography"] for tag, texts in said["texts"].items()},
        "credits": {(each["title_id"], each["role"], each["character"]) for each in said["credits"]},
    }


async def test_whatever_is_merged_and_split_everybody_is_as_if_only_what_stands_had_been_merged(
    catalog: Catalog,
) -> None:
    """A walk of merges, splits and edits of three people, in any order, beside a model of who has what."""
    everyone = list[Somebody]()
    for name, others, biography, texts in (
        ("Ada", ["A.", "X."], "", {"de": "Ada."}),
        ("Bea", ["Ada", "X."], "Of Bea.", {"de": "Bea.", "fr": "De Bea."}),
        ("Cyd", [], "Of Cyd.", {"fr": "De Cyd."}),
    ):
        body = {
            "name": name, "other_names": others, "biography": biography,
            "texts": {tag: {"biography": said} for tag, said in texts.items()},
        }  # fmt: skip
        made = (await catalog.edit("POST", "/people", json=body)).json()
        everyone.append(Somebody(made["id"], name, others, biography, texts, {}))
    ada, bea, cyd = everyone
    films = list[str]()
    for parts in (
        ((ada, "actor", None), (bea, "actor", "Zorro"), (cyd, "actor", None)),
        ((ada, "actor", "Moss"), (bea, "actor", "Zorro"), (cyd, "director", None)),
        ((bea, "director", None), (bea, "actor", None), (cyd, "actor", "Zorro")),
    ):
        credits = [{"person_id": each.id, "role": role, "character": character} for each, role, character in parts]
        films.append((await catalog.film("A film", published=False, credits=credits))["id"])
        for each, role, character in parts:
            each.characters[films[-1], role] = character

    async def check(done: str) -> None:
        for root in roots:
            for each in root.all():
                assert await as_shown(catalog, each.id) == root.shown(), (seed, done, each.name)

    for seed in range(2):
        random, roots = Random(seed), list(everyone)
        for step in range(9):
            merged = [each for each in everyone if each not in roots]
            if len(roots) > 1 and (not merged or random.random() < 0.6):
                other, into = random.sample(roots, 2)
                answer = await catalog.edit("POST", f"/people/{other.id}/merge", json={"into": into.id})
                into.within.append(other)
                roots.remove(other)
                done = f"{step}: {other.name} into {into.name}"
            else:
                other = random.choice(merged)
                answer = await catalog.edit("POST", f"/people/{other.id}/split")
                parent = next(each for each in everyone if other in each.within)
                parent.within.remove(other)
                roots.append(other)
                done = f"{step}: {other.name} out of {parent.name}"
            assert answer.status_code == 200, (done, answer.text)
            await check(done)
            if step % 3 == 1:
                edited = random.choice(roots)
                edited.biography = f"{edited.name} as of {seed}, {step}."
                headers = {"If-Match": "*"}
                body = {"biography": edited.biography}
                await catalog.edit("PATCH", f"/people/{edited.id}", json=body, headers=headers)
                film = random.choice(films)
                said = (await catalog.edit("GET", f"/titles/{film}")).json()["credits"]
                kept = [{name: each[name] for name in ("person_id", "role", "character")} for each in said]
                await catalog.change(film, credits=kept, tagline=f"{seed}, {step}")
                await check(f"{done}, edited")
        while merged := [each for each in everyone if each not in roots]:
            other = random.choice(merged)
            assert (await catalog.edit("POST", f"/people/{other.id}/split")).status_code == 200
            next(each for each in everyone if other in each.within).within.remove(other)
            roots.append(other)
        await check("apart")
    assert await catalog.rows("SELECT 1 FROM person_origins") == []
    spelled = await catalog.rows(
        "SELECT p.name FROM person_spellings s JOIN people p ON p.id = s.person_id WHERE s.spelling = p.name"
    )
    assert len(spelled) == 3, "each name means who has it"


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


async def test_somebody_into_whom_others_were_merged_goes_and_comes_back_with_them(catalog: Catalog) -> None:
    ids = {}
    for name in ("Ada Fern", "A. Fern", "Fern, Ada"):
        body = {"name": name, "biography": f"Of {name}."}
        ids[name] = (await catalog.edit("POST", "/people", json=body)).json()["id"]
    kept, first, second = ids.values()
    for gone, into in ((second, first), (first, kept)):
        assert (await catalog.edit("POST", f"/people/{gone}/merge", json={"into": into})).status_code == 200
    before = await catalog.rows("SELECT id, name, biography, merged_into, created_at FROM people ORDER BY id")
    assert (await catalog.edit("DELETE", f"/people/{kept}")).status_code == 204
    assert await catalog.rows("SELECT 1 FROM people") == []
    assert (await catalog.edit("GET", f"/people/{second}")).status_code == 404
    assert (await catalog.edit("POST", f"/people/{second}/restore")).json()["code"] == "not_deleted"
    assert (await catalog.edit("POST", f"/people/{kept}/restore")).status_code == 200
    assert await catalog.rows("SELECT id, name, biography, merged_into, created_at FROM people ORDER BY id") == before
    assert (await catalog.edit("GET", f"/people/{second}")).json()["id"] == kept
    made = await catalog.film(cast=["A. Fern"])
    assert (await catalog.get(f"/titles/{made['id']}")).json()["credits"][0]["person_id"] == kept
