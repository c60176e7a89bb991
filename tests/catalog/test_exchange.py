"""What is exported is imported again as it was, whatever titles say; and each field of a title takes part in all of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.chassis.countries import COUNTRIES
from libs.contracts.catalog import TitleChanged
from services.catalog.certificates import SYSTEMS
from services.catalog.models import Base, Title
from services.catalog.schemas.admin_requests import NewTitle, TitlePatch
from services.catalog.schemas.admin_titles import AdminTitle
from services.catalog.schemas.people import MOST_CREDITS
from services.catalog.service import import_updates
from services.catalog.service.exports import _cell, _csv
from services.catalog.title_fields import BY_NAME, FIELDS, IMPORTED
from tests.catalog.conftest import Catalog
from tests.catalog.files import MAPPINGS, finished, send
from tests.catalog.test_artwork import picture, put
from tests.examples import examples

MAPPING_OF = {"csv": MAPPINGS / "bijou.json", "jsonl": MAPPINGS / "bijou-lines.json"}
# What a catalogue says that knows nothing of where a title was before: not its pictures, nor who people are.
READ_ONLY = {field.name for field in FIELDS if field.imported == "never"}


def mapping(kind: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(MAPPING_OF[kind]).read_text())
    return {**found, **more}


# Unicode of every kind that a text may hold: right to left, joiners, marks, four bytes, what files and spreadsheets are made of.
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=TURNS)
PIECES = st.sampled_from(
    [
        "a", "|", "\\", "\\|", '"', "'", "''=1", "=1+1", ",", "  ", "שלום", "مرحبا", "क्षि", "👩\u200d👩\u200d👧", "𝔘", "e\u0301",
        "\u200b", "é", "null", "true", "0",
    ]
)  # fmt: skip
LINES = st.builds("".join, st.lists(PIECES | LETTERS, max_size=6))
NAMES = LINES.map(lambda text: f"N{text}"[:60])
TEXTS = st.builds("".join, st.lists(PIECES | LETTERS | st.sampled_from(["\n", "\r\n", "\r", "\u2028"]), max_size=8))
MOMENTS = st.datetimes().map(
    lambda at: f"{at.replace(year=2030 + at.year % 100, month=1 + at.month % 12, day=1).isoformat()}Z"
)
COUNTRY = st.sampled_from(sorted(COUNTRIES))
WINDOW = st.fixed_dictionaries(
    {}, optional={"ends_at": st.none() | MOMENTS, "regions": st.lists(COUNTRY, max_size=3, unique=True)}
)
ROLES = (
    "actor",
    "voice",
    "presenter",
    "director",
    "creator",
    "writer",
    "producer",
    "composer",
    "cinematographer",
    "editor",
)
CREDIT = st.fixed_dictionaries(
    {"name": NAMES, "role": st.sampled_from(ROLES)}, optional={"character": st.none() | NAMES}
)
RATINGS = st.dictionaries(st.sampled_from(sorted(SYSTEMS)), st.integers(0, 9), max_size=4).map(
    lambda chosen: {system: sorted(SYSTEMS[system])[n % len(SYSTEMS[system])] for system, n in chosen.items()}
)
SAID = st.fixed_dictionaries(
    {}, optional={"name": st.none() | NAMES, "description": st.none() | TEXTS, "tagline": st.none() | LINES}
)
STRATEGIES: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["movie", "series"]),
    "name": NAMES,
    "slug": st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True),
    "description": TEXTS,
    "tagline": LINES,
    "year": st.none() | st.integers(1870, 2200),
    "genres": st.lists(NAMES, max_size=3),
    "cast": st.lists(NAMES, max_size=3),
    "directors": st.lists(NAMES, max_size=2),
    "credits": st.lists(CREDIT, max_size=5),
    "tags": st.lists(NAMES, max_size=3),
    "other_names": st.lists(NAMES, max_size=3),
    "descriptors": st.lists(st.sampled_from(["violence", "fear", "self_harm", "flashing_lights"]), max_size=3),
    "language": st.sampled_from(["en", "und", "pt-BR", "zh-Hant", "de"]),
    "country": st.none() | COUNTRY,
    "maturity": st.none() | st.sampled_from([0, 7, 12, 16, 18]),
    "certificates": RATINGS,
    "runtime": st.none() | st.integers(1, 1_000_000),
    "availability": st.sampled_from(["playable", "listed"]),
    "free_trailers": st.booleans(),
    "windows": st.lists(WINDOW, max_size=3),
    "texts": st.dictionaries(st.sampled_from(["de", "fr-CA", "ja", "ar"]), SAID, max_size=3),
}  # fmt: skip
MADE = ("type", "name")
TITLE = st.fixed_dictionaries(
    {name: STRATEGIES[name] for name in MADE},
    optional={name: each for name, each in STRATEGIES.items() if name not in MADE},
)


def agreeing(title: dict[str, Any]) -> dict[str, Any]:
    """Credits say who acts already; a slug of which another title would be called is left to the catalogue."""
    return {name: value for name, value in title.items() if "credits" not in title or name not in ("cast", "directors")}


async def emptied(catalog: Catalog) -> None:
    await catalog.rows("TRUNCATE titles, people, genres, imports, title_sources, audit CASCADE")


async def exported(catalog: Catalog, kind: str) -> bytes:
    answer = await catalog.edit("GET", "/exports/titles", params={"format": kind})
    assert answer.status_code == 200
    return answer.content


def comparable(lines: bytes) -> list[Any]:
    """What a file says, without what another catalogue cannot know, in an order of its own."""
    rows = [
        {k: v for k, v in json.loads(line).items() if k not in READ_ONLY | {"id", "version"}}
        for line in lines.splitlines()
    ]
    for row in rows:
        row["credits"] = [{**part, "person_id": None} for part in row["credits"]]
    return sorted(rows, key=lambda row: str(row["slug"]))


@examples(12)
@given(
    titles=st.lists(TITLE.map(agreeing), min_size=1, max_size=6, unique_by=lambda title: title.get("slug", id(title)))
)
@example(
    titles=[
        {"type": "movie", "name": "A  B\u3000C", "tags": ["a|b", "a\\", "\\|", "|"], "cast": ["50", "W " * 12 + "."]}
    ]
)
async def test_an_empty_catalogue_says_after_an_import_what_the_other_one_said(
    catalog: Catalog, titles: list[dict[str, Any]]
) -> None:
    await emptied(catalog)
    for body in titles:
        answer = await catalog.edit("POST", "/titles", json=body)
        assert answer.status_code == 201 or answer.json()["code"] == "slug_taken", (body, answer.text)
    lines, cells = await exported(catalog, "jsonl"), await exported(catalog, "csv")
    # Here nothing of it is news.
    for kind, file in (("jsonl", lines), ("csv", cells)):
        looked = await send(catalog, file, mapping(kind), dry_run=True)
        assert (looked["status"], looked["changed"], looked["titles"]) == ("checked", 0, 0), looked
    for kind, file in (("jsonl", lines), ("csv", cells)):
        await emptied(catalog)
        done = await send(catalog, file, mapping(kind))
        assert (done["status"], done["faults"]) == ("done", 0), (done, titles)
        assert done["titles"] == len(lines.splitlines())
        again, wanted = comparable(await exported(catalog, "jsonl")), comparable(lines)
        if kind == "csv":  # which has one cell for those who act and one for those who direct
            for row in (*again, *wanted):
                for name in ("credits", "windows", "texts"):
                    del row[name]
        assert again == wanted


async def test_people_are_known_by_their_ids_and_elsewhere_by_their_names(catalog: Catalog) -> None:
    ids = [(await catalog.edit("POST", "/people", json={"name": "Ada Fern"})).json()["id"] for _ in range(2)]
    credits = [{"person_id": ids[1], "role": "actor", "character": "Io"}, {"name": "Bo", "role": "writer"}]
    made = await catalog.film("Moss", published=False, credits=credits)
    [line] = (await exported(catalog, "jsonl")).splitlines()
    told = json.loads(line)
    assert [(part["name"], part["role"], part["character"]) for part in told["credits"]] == [
        ("Ada Fern", "actor", "Io"), ("Bo", "writer", None),
    ]  # fmt: skip
    assert told["credits"][0]["person_id"] == ids[1], "the second of that name"
    told["credits"] = [told["credits"][1], {**told["credits"][0], "name": "Anybody"}, {"name": "Cy", "role": "editor"}]
    done = await send(catalog, json.dumps(told).encode(), mapping("jsonl"))
    assert (done["status"], done["changed"]) == ("done", 1), done
    film = (await catalog.edit("GET", f"/titles/{made['id']}")).json()
    assert [(part["name"], part["role"]) for part in film["credits"]] == [
        ("Bo", "writer"), ("Ada Fern", "actor"), ("Cy", "editor"),
    ]  # fmt: skip
    assert film["cast"] == ["Ada Fern"]
    assert (await catalog.edit("POST", f"/people/{ids[1]}/merge", json={"into": ids[0]})).status_code == 200
    looked = await send(catalog, json.dumps(told).encode(), mapping("jsonl"), dry_run=True)
    assert looked["changed"] == 0, "who was merged is who they turned out to be"
    told |= {"version": None, "credits": [{"person_id": made["id"], "role": "actor"}]}
    refused = await send(catalog, json.dumps(told).encode(), mapping("jsonl"))
    [fault] = refused["first_faults"]
    assert (fault["line"], fault["column"]) == (1, "credits")
    assert fault["message"] == f"credits.0: there is no person {made['id']}, and no name is given"
    # Where nobody has these ids, names say who is meant.
    told["credits"] = [{"person_id": made["id"], "name": "Dee", "role": "actor", "character": "Eve"}]
    await emptied(catalog)
    assert (await send(catalog, json.dumps(told).encode(), mapping("jsonl")))["status"] == "done"
    [row] = await catalog.rows("SELECT p.name, c.character FROM credits c JOIN people p ON p.id = c.person_id")
    assert row == {"name": "Dee", "character": "Eve"}


async def test_what_is_wrong_inside_of_objects_is_said_with_its_place(catalog: Catalog) -> None:
    good = {**dict.fromkeys((*IMPORTED, "version")), "id": "1", "type": "movie", "name": "A"}
    bad: list[tuple[str, Any, str]] = [
        ("credits", [{"name": "A", "role": "actor"}, {"name": "B", "role": "hero"}], "credits.1.role: "),
        ("credits", [{"role": "actor"}], "credits.0: person_id or name"),
        ("credits", [{"name": "\ud800", "role": "actor"}], "credits.0.name: "),
        ("credits", "Ada Fern", "must be a list or an object"),
        ("credits", {"name": "A"}, "credits: "),
        ("windows", [{"regions": ["DE"]}, {"regoins": ["DE"]}], "windows.1.regoins: "),
        ("windows", [{"regions": ["XX"]}], "windows: “XX” is the code of no country"),
        ("windows", [{"starts_at": "2030-01-01T00:00:00Z", "ends_at": "2029-01-01T00:00:00Z"}], "a window must end"),
        ("windows", [{"starts_at": "2030-01-01T00:00:00"}], "windows.0.starts_at: "),
        ("windows", [{"starts_at": float("nan")}], "windows.0.starts_at: "),
        ("texts", {"de": {"name": "x" * 201}}, "texts.de.name: "),
        ("texts", {"not a language": {}}, "texts.not a language"),
        ("texts", {"de": {"subtitle": "x"}}, "texts.de.subtitle: "),
        ("texts", [], ""),
        ("availability", "soon", "availability: "),
    ]
    rows = [json.dumps({**good, "id": str(n), name: value}) for n, (name, value, _) in enumerate(bad)]
    found = await send(catalog, "\n".join(rows).encode(), mapping("jsonl"))
    listed = (await catalog.edit("GET", f"/imports/{found['id']}/faults?limit=100")).json()["items"]
    wanted = [(line, message) for line, (_, _, message) in enumerate(bad, 1) if message]
    assert [(item["line"], item["column"]) for item in listed] == [(line, bad[line - 1][0]) for line, _ in wanted], (
        listed
    )
    for item, (_, message) in zip(listed, wanted, strict=True):
        assert message in item["message"], item
    assert await catalog.rows("SELECT 1 FROM titles") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "csv"}, "only JSON Lines"),
        ({"fields": {"credits": {"column": "credits", "split": ","}}}, "give their column alone"),
        ({"fields": {"texts": {"constant": "x"}}}, "give their column alone"),
        ({"fields": {"cast": {"column": "cast"}}}, "leave cast and directors out"),
        ({"fields": {"status": {"column": "status"}}}, "must be one of"),
        ({"publish": "listed"}, "leave it out"),
    ],
    ids=["cells", "split", "constant", "twice", "status", "listed"],
)
async def test_a_mapping_that_cannot_be_meant_is_refused(catalog: Catalog, changes: dict[str, Any], said: str) -> None:
    wanted = mapping("jsonl")
    wanted |= {**changes, "fields": {**wanted["fields"], **changes.get("fields", {})}}
    answer = await catalog.edit("POST", "/imports", json={"file_name": "a", "mapping": wanted})
    assert answer.status_code == 422 and said in answer.text, answer.text


def cells(said: dict[str, Any]) -> bytes:
    """A row as an export in CSV writes it."""
    return _csv([list(said), [_cell(value) for value in said.values()]])


# What each field says at first, and then by a file.
VALUES: dict[str, tuple[Any, Any]] = {
    "name": ("One", "Two"), "description": ("A.", "B."), "tagline": ("a", "b"), "year": (1999, 2000),
    "genres": (["Drama"], ["Comedy"]), "cast": (["Ada"], ["Bo", "Ada"]), "directors": (["Cy"], []),
    "credits": ([{"name": "Ada", "role": "actor", "character": "X"}], [{"name": "Ada", "role": "actor", "character": "Y"}]),
    "tags": (["a"], ["b|c"]), "other_names": (["x"], ["y"]), "descriptors": (["fear"], ["drugs"]), "language": ("en", "de"),
    "country": ("DE", "IE"), "maturity": (7, 12), "runtime": (60, 120), "certificates": ({"FSK": "6"}, {"FSK": "12"}),
    "free_trailers": (True, False), "windows": ([{"regions": ["DE"]}], [{"regions": ["IE"]}]),
    "texts": ({"de": {"name": "Eins"}, "fr": {"tagline": "a"}}, {"de": {"name": "Zwei"}}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, field.name) for field in FIELDS if field.imported == "always" for kind in field.files],
)
async def test_each_field_is_changed_by_a_file_undone_and_gone_back_from(
    catalog: Catalog, kind: str, name: str
) -> None:
    before, after = VALUES[name]
    made = await catalog.film("Film", published=False)
    path = f"/titles/{made['id']}"
    if name == "texts":
        for tag, said in before.items():
            await catalog.edit("PUT", f"{path}/texts/{tag}", json=said)
    else:
        await catalog.change(made["id"], **{name: before})
    first = (await catalog.edit("GET", path)).json()
    [*_, line] = (await exported(catalog, "jsonl")).splitlines()
    row = json.loads(line)
    only = mapping(kind)
    used = {key: only["fields"][key] for key in {"type", "name", name}}
    wanted = {**only, "version": None, "fields": used}
    said = {"id": made["id"], "type": "movie", "name": row["name"], name: after}
    file = cells(said) if kind == "csv" else json.dumps(said).encode()
    done = await send(catalog, file, wanted)
    assert (done["status"], done["changed"]) == ("done", 1), done
    second = (await catalog.edit("GET", path)).json()
    assert second[name] != first[name]
    again = await send(catalog, file, wanted)
    assert (again["changed"], again["unchanged"]) == (0, 1), "said once more it is no news"
    [newest, *_] = (await catalog.edit("GET", f"{path}/audit")).json()
    assert newest["action"] == "import" and newest["before"] != newest["after"]
    back = await catalog.edit("POST", f"{path}/rollback", json={"version": first["version"]}, headers={"If-Match": "*"})
    assert back.status_code == 200 and back.json()[name] == first[name], back.text
    assert (await send(catalog, file, wanted))["changed"] == 1
    latest = (await catalog.edit("GET", "/imports?limit=1")).json()["items"][0]
    assert (await catalog.edit("POST", f"/imports/{latest['id']}/undo", json={})).status_code == 202
    assert (await finished(catalog, f"/imports/{latest['id']}"))["status"] == "undone"
    assert (await catalog.edit("GET", path)).json()[name] == first[name]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_a_file_takes_back_no_edits_that_came_after_it_was_exported(
    catalog: Catalog, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [(await catalog.film(name, published=False, year=1990))["id"] for name in ("Moss", "Rock")]
    file = await exported(catalog, kind)
    news = file.replace(b"1990", b"1991")
    await catalog.change(first, tagline="By hand")
    for looked in (await send(catalog, news, mapping(kind), dry_run=True), await send(catalog, news, mapping(kind))):
        [fault] = looked["first_faults"]
        line = next(n for n, row in enumerate(file.splitlines(), 1) if first.encode() in row)
        assert (looked["status"], fault["line"], fault["column"]) == ("refused", line, "version"), looked
        assert "of version 2 by now, and this row of version 1" in fault["message"]
    assert (await catalog.edit("GET", f"/titles/{first}")).json()["tagline"] == "By hand"
    # Exported again it is news of what is here.
    fresh = (await exported(catalog, kind)).replace(b"1990", b"1991")
    update = import_updates.update
    overtaken = 0

    async def late(*given: Any) -> tuple[int, int]:
        nonlocal overtaken
        if not overtaken:  # between the look and the writing
            await catalog.change(second, tagline="Late")
        overtaken += 1
        return await update(*given)

    with monkeypatch.context() as between:
        between.setattr(import_updates, "update", late)
        refused = await send(catalog, fresh, mapping(kind))
    [fault] = refused["first_faults"]
    assert (refused["status"], refused["faults"], overtaken) == ("refused", 1, 1), refused
    assert "of version 2 by now, and this row of version 1" in fault["message"]
    assert [row["year"] for row in await catalog.rows("SELECT year FROM titles")] == [1990, 1990]
    latest = (await exported(catalog, kind)).replace(b"1990", b"1991")
    assert (await send(catalog, latest, mapping(kind)))["changed"] == 2
    # What says the same takes nothing back, whatever it was read from.
    again = await send(catalog, latest, mapping(kind))
    assert (again["status"], again["unchanged"]) == ("done", 2), again


async def test_a_version_that_is_none_is_a_fault(catalog: Catalog) -> None:
    row = {**dict.fromkeys(IMPORTED), "type": "movie", "name": "A"}
    rows = [{**row, "id": str(n), "version": said} for n, said in enumerate(["x", True, [1], 1.5, None, "", 7])]
    found = await send(catalog, "\n".join(map(json.dumps, rows)).encode(), mapping("jsonl"))
    listed = (await catalog.edit("GET", f"/imports/{found['id']}/faults")).json()["items"]
    assert [(item["line"], item["column"]) for item in listed] == [(n, "version") for n in (1, 2, 3, 4)], listed
    without = {name: value for name, value in rows[-1].items() if name != "version"}
    [fault] = (await send(catalog, json.dumps(without).encode(), mapping("jsonl")))["first_faults"]
    assert (fault["column"], fault["message"]) == ("version", "is missing")


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_as_many_people_as_a_title_may_have_come_back_by_a_file(catalog: Catalog, kind: str) -> None:
    people = [f"{n} |" + "x" * (196 - len(str(n))) for n in range(MOST_CREDITS)]
    film = {"type": "movie", "name": "Moss"}
    for cast, directors in ((people, people[:1]), ([*people, "One more"], [])):
        refused = await catalog.edit("POST", "/titles", json={**film, "cast": cast, "directors": directors})
        assert refused.status_code == 422, refused.text
    await catalog.film("Acted", published=False, cast=people)
    await catalog.film("Directed", published=False, cast=people[:1], directors=people[1:])
    file, lines = await exported(catalog, kind), await exported(catalog, "jsonl")
    looked = await send(catalog, file, mapping(kind), dry_run=True)
    assert (looked["status"], looked["unchanged"]) == ("checked", 2), looked
    await emptied(catalog)
    assert (await send(catalog, file, mapping(kind)))["titles"] == 2
    assert comparable(await exported(catalog, "jsonl")) == comparable(lines)


async def test_a_file_says_of_new_titles_alone_what_only_those_can_be_told(catalog: Catalog) -> None:
    made = await catalog.film("Shown", slug="shown", availability="listed")
    await put(catalog, f"/titles/{made['id']}/artwork/poster", picture(700, 1000))
    await put(catalog, f"/titles/{made['id']}/artwork/poster?language=de", picture(640, 960, "PNG"))
    before = (await catalog.edit("GET", f"/titles/{made['id']}")).json()
    [line] = (await exported(catalog, "jsonl")).splitlines()
    row = json.loads(line)
    assert (row["status"], row["availability"]) == ("published", "playable"), "its film has arrived"
    assert [(item["kind"], item["language"]) for item in row["artwork"]] == [("poster", None), ("poster", "de")]
    assert all(item.keys() == {"kind", "language", "url"} for item in row["artwork"]), (
        "how it is kept is nobody's business"
    )
    assert row["artwork"][0]["url"] == before["artwork"][0]["url"]
    told = {**row, "status": "archived", "availability": "listed", "slug": "other", "artwork": []}
    done = await send(catalog, json.dumps(told).encode(), mapping("jsonl"))
    assert (done["status"], done["unchanged"]) == ("done", 1), done
    assert (await catalog.edit("GET", f"/titles/{made['id']}")).json() == before
    new = {**told, "id": "of my own", "name": "New"}
    assert (await send(catalog, json.dumps(new).encode(), mapping("jsonl")))["titles"] == 1
    [found] = await catalog.rows("SELECT slug, status, availability, type FROM titles WHERE name = 'New'")
    assert found == {"slug": "other", "status": "draft", "availability": "listed", "type": "movie"}


async def test_an_import_of_all_a_title_can_say_is_told_and_logged_as_any_edit(catalog: Catalog) -> None:
    said = {name: after for name, (_, after) in VALUES.items() if name not in ("cast", "directors")}
    row = {**dict.fromkeys((*IMPORTED, "version")), **said, "id": "1", "type": "movie", "slug": "all"}
    listed = mapping("jsonl", publish="listed")
    del listed["fields"]["availability"]
    assert (await send(catalog, json.dumps(row).encode(), listed))["status"] == "done"
    [title] = await catalog.rows("SELECT id::text FROM titles")
    told = TitleChanged.model_validate((await catalog.events(title["id"]))[0])
    assert [(item.language, item.name) for item in told.localized] == [("de", "Zwei")]
    assert [window.regions for window in told.windows] == [("IE",)]
    assert [(part.name, part.role, part.character) for part in told.credits] == [("Ada", "actor", "Y")]
    # Nothing is said otherwise by an edit that says nothing: version 1 is in the log whole.
    changed = await catalog.change(title["id"], year=1980)
    assert changed["version"] == 2
    found = await catalog.edit("GET", f"/titles/{title['id']}/versions/1/diff/2")
    assert [item["field"] for item in found.json()["changes"]] == ["year"]
    [made] = [
        item for item in (await catalog.edit("GET", f"/titles/{title['id']}/audit")).json() if item["version"] == 1
    ]
    by_hand = await catalog.film("By hand", published=False, texts=said["texts"])
    [hand] = (await catalog.edit("GET", f"/titles/{by_hand['id']}/audit")).json()
    plain = {key.partition(".")[0] for key in hand["after"]}
    assert {key.partition(".")[0] for key in made["after"]} == plain, "as of a title that is made by hand"


def test_no_field_of_a_title_is_forgotten() -> None:
    """A column, or a field that editors send, that is not in the table fails here; so does one of the table that nobody sends."""
    # What the catalogue says of a title by itself.
    own = {"id", "version", "sort_name", "published_at", "created_at", "changed_at"}
    stored = {field.stored for field in FIELDS if field.stored}
    assert set(Title.__table__.columns.keys()) == stored | own
    assert set(NewTitle.model_fields) == set(IMPORTED) == set(STRATEGIES)
    assert set(TitlePatch.model_fields) == set(IMPORTED) - {"type", "texts"}, (
        "type stays, texts have operations of their own"
    )
    assert {field.name for field in FIELDS} <= set(AdminTitle.model_fields)
    told = set(TitleChanged.model_fields)
    # Certificates are told as the age that they stand for, texts and pictures as `localized` and addresses.
    assert set(IMPORTED) - told == {"certificates", "texts"}
    assert {field.name for field in FIELDS if field.imported == "always"} == set(VALUES)
    # What belongs to a title and stands in tables of its own is in files too, or is known not to be.
    referring = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table is Title.__table__
    }
    in_files = {"credits", "windows", "title_texts", "title_images"}
    not_in_files = {"seasons", "playables", "trailers"}
    others = {
        "collection_items", "former_slugs", "import_changes", "lifecycle_steps", "rating_totals", "ratings", "reviews",
        "schedules", "title_sources", "withdrawals",
    }  # fmt: skip
    assert referring == in_files | not_in_files | others
    assert BY_NAME["status"].imported == "never"


def test_the_mappings_of_exports_name_every_field_that_is_in_them() -> None:
    for kind in ("csv", "jsonl"):
        wanted = {field.name for field in FIELDS if kind in field.files and field.imported != "never"}
        assert set(mapping(kind)["fields"]) == wanted
