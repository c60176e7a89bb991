"""Two people who are one, and who are two again: whose is what, in whatever order they come and go."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from libs.contracts.catalog import TitleChanged
from tests.catalog.conftest import Catalog
from tests.catalog.test_images import encoded, plain
from tests.catalog.test_people import person_named


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
