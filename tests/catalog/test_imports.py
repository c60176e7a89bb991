"""Files of titles: every fault by line and column, all or nothing, undone as one, and whole after a run was killed."""

import asyncio
import gzip
import json
import os
from collections.abc import Iterator
from csv import reader
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from libs.chassis.data.database import session_on
from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged
from services.catalog.importing.files import NotUnpacked, Row, csv_rows, json_rows, lines, unpacked
from services.catalog.importing.mapping import ImportMapping, Rule
from services.catalog.repository import imports
from services.catalog.service import import_runs, import_updates, imported
from services.catalog.service.schedules import Schedules
from tests.catalog.conftest import NOON, Catalog

MAPPINGS = Path(__file__).parents[2] / "demo/mappings"
REAL = Path(os.environ.get("BIJOU_NETFLIX_TITLES", Path(__file__).parents[3] / "shared/data/netflix_titles.csv.gz"))
MAPPING: dict[str, Any] = {
    "source": "studio", "key": "no", "publish": "listed",
    "fields": {
        "type": {"column": "kind", "values": {"Film": "movie", "Serie": "series"}}, "name": {"column": "name"},
        "cast": {"column": "cast", "split": ","}, "directors": {"column": "director"}, "year": {"column": "year"},
        "certificates": {"column": "rating", "systems": ["FSK"]}, "description": {"column": "about"},
        "runtime": {"column": "length", "match": "^(\\d+) min$", "times": 60}, "genres": {"constant": "Drama"},
    },
}  # fmt: skip
HEADER = "no,kind,name,cast,director,year,rating,length,about\n"
GOOD = HEADER + (
    '1,Film,"Moss, the",Ada Fern,Io Reed,2020,12,90 min,"Slow\nand green."\n'
    '2,Serie,Signal Rock,"Ada Fern, Bo Dune",,1999,,2 Seasons,\n'
)


def split(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


async def send(catalog: Catalog, data: bytes, mapping: dict[str, Any] = MAPPING, **start: Any) -> dict[str, Any]:
    """Import a file, in two parts, and wait for what becomes of it."""
    made = await catalog.edit("POST", "/imports", json={"file_name": "titles.csv", "mapping": mapping})
    assert made.status_code == 201, made.text
    path, half = f"/imports/{made.json()['id']}", len(data) // 2
    for number, part in enumerate((data[:half], data[half:]), 1):
        assert (await catalog.edit("PUT", f"{path}/parts/{number}", content=part)).status_code == 204
    started = await catalog.edit("POST", f"{path}/start", json={"parts": 2, **start})
    assert started.status_code == 202, started.text
    return await finished(catalog, path)


async def finished(catalog: Catalog, path: str) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = (await catalog.edit("GET", path)).json()
        if found["status"] not in ("queued", "checking", "importing", "undoing"):
            return found
        await asyncio.sleep(0.02)


async def state(catalog: Catalog) -> list[Any]:
    tables = ("titles", "playables", "credits", "people", "person_spellings", "title_sources", "outbox")
    return [await catalog.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_a_file_is_the_same_in_parts_of_any_size(size: int) -> None:
    data = b'\xef\xbb\xbfa,b\r\n1,"x\r\ny"\r\n\r\n2,"say ""hi"""\r\n3,\xc3\xa9'
    rows = list(csv_rows(split(data, size)))
    assert [(row.line, row.values, row.faults) for row in rows] == [
        (2, {"a": "1", "b": "x\r\ny"}, []), (5, {"a": "2", "b": 'say "hi"'}, []), (6, {"a": "3", "b": "é"}, []),
    ]  # fmt: skip
    assert b"".join(lines(split(data, size))) == data[3:]


def test_what_cannot_be_read_is_said_with_its_line() -> None:
    def faults(data: bytes) -> list[tuple[int, str]]:
        return [(f.line, f.message[:22]) for row in csv_rows([data]) for f in row.faults]

    assert faults(b"a,b\n1,2\n3\n4,5,6\n") == [(3, "has 1 columns where th"), (4, "has 3 columns where th")]
    assert faults(b"a,b\n1,caf\xe9\n2,ok\n") == [(2, "is no UTF-8: byte 0xE9")]
    assert faults(b'a,b\n1,"never ends\n2,3\n')[0][0] == 2
    assert faults(b'a,b\n1,"' + b"x" * 300_000 + b'"\n') == [(2, "cannot be read: a fiel")]
    assert faults(b"a,a\n1,2\n") == [(1, "is named twice")]
    broken = [(row.line, bool(row.faults)) for row in json_rows([b'{"a": 1}\n[1]\n{"a":\n\n' + b"[" * 100_000 + b"\n"])]
    assert broken == [(1, False), (2, True), (3, True), (5, True)]


def test_a_stray_quote_costs_its_row_and_no_other() -> None:
    def read(data: bytes) -> list[tuple[int, list[int], dict[str, Any]]]:
        return [(row.line, [f.line for f in row.faults], row.values) for row in csv_rows(split(data, 5))]

    stray = b'a,b\n1,"x"y\n2,"of\ntwo"\n3\n'
    assert read(stray) == [(2, [2], {}), (3, [], {"a": "2", "b": "of\ntwo"}), (5, [5], {"a": "3"})]
    never = b'a,b\n1,"never\n2,b\n3,c\xe9\n4\n'
    assert [row[:2] for row in read(never)] == [(2, [4, 2]), (3, []), (4, []), (5, [5])]
    [header] = csv_rows([b'a,"b"c\n1,2\n'])
    assert [fault.line for fault in header.faults] == [1]


def test_a_missing_column_is_named_once() -> None:
    [only] = csv_rows([b"a,c\n1,2\n3,4\n"], ",", {"a", "b", "d"})
    assert [(f.line, f.column) for f in only.faults] == [(1, "b"), (1, "d")]
    assert only.faults[0].message == "is missing: the first row names a, c"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a;b\n1;2\n", "has semicolons between its columns, the mapping commas: give it `delimiter` “;”"),
        (b"a\tb\n1\t2\n", "has tabs between its columns, the mapping commas: give it `delimiter` “\\t”"),
        (b"sep=;\na;b\n", "is for a spreadsheet, and names another separator than the mapping's `delimiter`"),
        (b"A,b\n1,2\n", "names columns in other upper and lower case than the mapping, which says a"),
        ("a,b\n1,2\n3,4\n".encode("utf-16"), "is UTF-16, as some spreadsheets save text; save the file as UTF-8"),
    ],
)
def test_what_spreadsheets_do_to_a_whole_file_is_one_fault(data: bytes, said: str) -> None:
    [only] = csv_rows(split(data, 3), ",", {"a", "b"})
    [fault] = only.faults
    assert (fault.line, fault.message[: len(said)]) == (1, said)
    [line] = list(json_rows(["{}\n{}\n".encode("utf-16")]))
    assert "is UTF-16" in line.faults[0].message


def test_what_spreadsheets_leave_behind_is_passed_over() -> None:
    data = b"sep=,\n,,,\na,b,,\n1,2,,\n,,,\n3,4,,\n5,6,x,\n7\n,,,\n\n"
    rows = list(csv_rows([data], ",", {"a", "b"}))
    assert [(row.line, row.values) for row in rows if not row.faults] == [
        (4, {"a": "1", "b": "2"}), (6, {"a": "3", "b": "4"}),
    ]  # fmt: skip
    assert [(row.line, row.faults[0].message[:13]) for row in rows if row.faults] == [
        (7, "has 4 columns"), (8, "has 1 columns"),
    ]  # fmt: skip


async def test_what_only_json_can_say_is_a_fault_by_line_and_column(catalog: Catalog) -> None:
    fields = {
        "type": {"constant": "movie"}, "name": {"column": "name"}, "year": {"column": "year"}, "tags": {"column": "tags"},
        "description": {"column": "kind", "values": {"Film": "F"}},
    }  # fmt: skip
    bad = [
        '"id": null', '"id": true', '"id": NaN', '"id": "a\\u0000b"', '"id": "\\ud800"', '"name": true', '"name": 1e999',
        '"name": "\\ud800"', '"year": "1_999"', '"year": "１９９９"', '"year": false', '"tags": [true]', '"tags": [["a"]]',
        '"kind": "\\ud800\\u0000"',
    ]  # fmt: skip
    rows = [
        f'{{"id": {n}, "name": "A", "year": 1999, "tags": ["b", null], "kind": "Film", {item}}}'
        for n, item in enumerate(bad)
    ]
    mapping = {"source": "studio", "key": "id", "format": "jsonl", "fields": fields}
    found = await send(catalog, "\n".join(rows).encode(), mapping)
    assert (found["status"], found["faults"]) == ("refused", len(bad)), found
    wanted = [(line, item.split('"')[1]) for line, item in enumerate(bad, 1)]
    assert [(item["line"], item["column"]) for item in found["first_faults"]] == wanted
    assert not any(word in str(found["first_faults"]) for word in ("argument", "encoding", "\ud800", "\0"))


@pytest.mark.parametrize("piece", [1, 7, import_runs.PIECE_BYTES])
async def test_a_file_is_imported_whole_and_undone_as_one(
    catalog: Catalog, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "PIECE_BYTES", piece)  # of each part, so much is read at once
    before = await state(catalog)
    done = await send(catalog, GOOD.encode())
    assert (done["status"], done["rows"], done["titles"], done["faults"]) == ("done", 2, 2, 0), done
    listed = {item["name"]: item for item in (await catalog.get("/titles")).json()["items"]}
    assert set(listed) == {"Moss, the", "Signal Rock"}
    moss = (await catalog.get(f"/titles/{listed['Moss, the']['title_id']}")).json()
    assert [moss[key] for key in ("availability", "playable_id", "maturity", "runtime", "year", "slug")] == [
        "listed", None, 12, 5400, 2020, "moss-the",
    ]  # fmt: skip
    assert (moss["description"], moss["cast"], moss["directors"]) == ("Slow\nand green.", ["Ada Fern"], ["Io Reed"])
    person = moss["credits"][1]["person_id"]
    parts = (await catalog.get(f"/people/{person}")).json()["credits"]
    assert [part["title"]["name"] for part in parts] == ["Moss, the", "Signal Rock"]
    assert moss["language"] == "und", "the file does not say"
    told = TitleChanged.model_validate((await catalog.events(moss["id"]))[0])
    assert (told.availability, told.credits[1].name, told.genres, told.version) == ("listed", "Ada Fern", ("Drama",), 1)
    # An edit by hand finds everything as if it had been made by hand.
    changed = await catalog.change(moss["id"], year=2021)
    assert (changed["version"], changed["playable"]["ready"], changed["missing"]) == (2, False, [])
    [_, made] = (await catalog.edit("GET", f"/titles/{moss['id']}/audit")).json()
    assert made["action"] == "import" and made["after"]["name"] == "Moss, the"

    twice = await send(catalog, GOOD.encode())
    assert (twice["status"], [fault["line"] for fault in twice["first_faults"]]) == ("refused", [2, 4])
    skipped = await send(
        catalog, GOOD.encode() + b"3,Film,New,,,,,,\n", {**MAPPING, "existing": "skip", "publish": "draft"}
    )
    assert (skipped["status"], skipped["titles"], skipped["skipped"]) == ("done", 1, 2)
    assert (await catalog.edit("POST", f"/imports/{skipped['id']}/undo", json={})).status_code == 202
    assert (await finished(catalog, f"/imports/{skipped['id']}"))["status"] == "undone"

    path = f"/imports/{done['id']}"
    refused = await catalog.edit("POST", f"{path}/undo", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "import_edited")
    assert (await catalog.edit("POST", f"{path}/undo", json={"force": True})).status_code == 202
    assert (await finished(catalog, path))["status"] == "undone"
    assert (await catalog.get("/titles")).json()["items"] == []
    assert (await catalog.events(moss["id"]))[-1]["status"] == "archived", "the others forget it too"
    assert (await state(catalog))[:6] == before[:6]
    assert (await catalog.edit("POST", f"{path}/undo", json={})).json()["code"] == "import_status"


async def test_titles_are_updated_by_a_file_and_given_back_as_they_were(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(catalog, GOOD.encode())
    listed = {item["name"]: item["title_id"] for item in (await catalog.get("/titles")).json()["items"]}
    moss, rock = listed["Moss, the"], listed["Signal Rock"]
    await catalog.change(moss, tagline="By hand", tags=["green"])
    before = [(await catalog.edit("GET", f"/titles/{each}")).json() for each in (moss, rock)]
    again = HEADER + (
        '1,Film,Moss,"Ada Fern,Cy Holt",,2021,16,95 min,Greener.\n'
        '2,Serie,Signal Rock,"Ada Fern, Bo Dune",,1999,,2 Seasons,\n'
        "3,Film,New,Cy Holt,,,,,\n"
    )
    mapping = {**MAPPING, "existing": "update"}
    wrong = await send(catalog, again.replace("1,Film", "1,Serie").encode(), mapping)
    assert (wrong["status"], wrong["first_faults"]) == (
        "refused", [{"line": 2, "column": "kind", "message": "its title is a movie here, and stays one"}],
    )  # fmt: skip
    done = await send(catalog, again.encode(), mapping)
    assert [done[key] for key in ("status", "titles", "changed", "skipped")] == ["done", 1, 1, 0], done
    film = (await catalog.edit("GET", f"/titles/{moss}")).json()
    assert [film[key] for key in ("name", "year", "maturity", "runtime", "description", "slug", "tagline", "tags")] == [
        "Moss", 2021, 16, 5700, "Greener.", "moss-the", "By hand", ["green"],
    ]  # fmt: skip
    assert (film["cast"], film["directors"], film["version"]) == (["Ada Fern", "Cy Holt"], [], 3)
    assert (await catalog.edit("GET", f"/titles/{rock}")).json() == before[1], "what says the same is left alone"
    assert [event["name"] for event in await catalog.events(moss)][-1] == "Moss"
    [newest, *_] = (await catalog.edit("GET", f"/titles/{moss}/audit")).json()
    assert (newest["action"], newest["before"]["year"], newest["after"]["year"]) == ("import", 2020, 2021)

    path = f"/imports/{done['id']}"
    await catalog.change(moss, year=2022)
    refused = (await catalog.edit("POST", f"{path}/undo", json={})).json()
    assert (refused["code"], refused["titles"]) == ("import_edited", [moss])
    with monkeypatch.context() as unseen:

        async def edited_since(*_: Any) -> list[str]:
            return []

        unseen.setattr(imports, "edited_since", edited_since)  # as if the edit came only now
        assert (await catalog.edit("POST", f"{path}/undo", json={})).status_code == 202
        failed = await finished(catalog, path)
    assert (failed["status"], "edited meanwhile" in failed["detail"]) == ("done", True)
    assert [failed[key] for key in ("undone_by", "undone_at", "undo_forced")] == [None, None, False]
    assert (await catalog.edit("POST", f"{path}/undo", json={"force": True})).status_code == 202
    undone = await finished(catalog, path)
    assert undone["status"] == "undone" and undone["undone_at"] and undone["undo_forced"]
    kept = ("dry_run", "rows", "titles", "changed", "skipped", "file_name", "created_at")
    assert [undone[key] for key in kept] == [done[key] for key in kept], "what the import did stays known"
    after = (await catalog.edit("GET", f"/titles/{moss}")).json()
    assert {**after, "version": 0, "changed_at": 0} == {**before[0], "version": 0, "changed_at": 0}
    assert [event["name"] for event in await catalog.events(moss)][-1] == "Moss, the"
    assert [row["name"] for row in await catalog.rows("SELECT name FROM people ORDER BY 1")] == [
        "Ada Fern",
        "Bo Dune",
        "Io Reed",
    ]
    assert len(await catalog.rows("SELECT 1 FROM titles")) == 2


async def test_every_bad_row_is_named_and_nothing_is_imported(catalog: Catalog) -> None:
    before = await state(catalog)
    bad = GOOD + (
        "2,Film,Again,,,,,,\n"
        "3,Opera,X,,,,,,\n"
        "4,Film,,,,,,,\n"
        "5,Film,Shifted,104,,,,,\n"
        '6,Film,Moved,"It is a long sentence, that tells what happens in the film, not who is in it at all.",,,,,\n'
        "7,Film,Years,,,19x9,99,,\n"
        "8,Film,Short,,\n"
        "9,Film,Early,,,1492,,,\n"
        "10,Film,\u202eTurned,,,,,,\n"
    )
    data = bad.encode() + b"11,Film,Caf\xe9,,,,,,\n"
    found = await send(catalog, data)
    assert (found["status"], found["rows"], found["titles"]) == ("refused", 12, 0)
    listed = (await catalog.edit("GET", f"/imports/{found['id']}/faults?limit=100")).json()
    assert listed["total"] == found["faults"] == len(listed["items"])
    assert [(item["line"], item["column"]) for item in listed["items"]] == [
        (5, "no"), (6, "kind"), (7, "name"), (8, "cast"), (9, "cast"), (10, "year"), (10, "rating"), (11, None), (12, "year"),
        (13, "name"), (14, None),
    ]  # fmt: skip
    assert "“104” is no name but a number" in listed["items"][3]["message"]
    assert await state(catalog) == before
    checked = await send(catalog, GOOD.encode(), dry_run=True)
    assert (checked["status"], checked["titles"]) == ("checked", 2)
    assert await state(catalog) == before
    path = f"/imports/{checked['id']}"
    assert (await catalog.edit("POST", f"{path}/start", json={"parts": 3})).json()["code"] == "parts_missing"
    assert (await catalog.edit("POST", f"{path}/start", json={"parts": 2})).status_code == 202
    assert (await finished(catalog, path))["status"] == "done", "what was checked need not be sent again"


async def test_a_run_that_was_killed_leaves_nothing_and_is_taken_up_again(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n},Film,Film {n},Person {n % 7},,,,,\n" for n in range(700))
    tables, calls = imported.tables, 0

    async def dies(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:  # as kill -9: the connection goes in the middle of the second batch
            given[0].terminate()
        return await tables(*given)

    before = await state(catalog)
    monkeypatch.setattr(imported, "tables", dies)
    made = (await catalog.edit("POST", "/imports", json={"file_name": "a", "mapping": MAPPING})).json()
    path = f"/imports/{made['id']}"
    await catalog.edit("PUT", f"{path}/parts/1", content=(HEADER + rows).encode())
    watched = asyncio.create_task(look(catalog))
    await catalog.edit("POST", f"{path}/start", json={"parts": 1})
    done = await finished(catalog, path)
    watched.cancel()
    assert calls > 2 and (done["status"], done["titles"], done["rows"]) == ("done", 700, 700), done
    assert seen <= {0, 700}, "at no moment is there a part of a file"
    after = await state(catalog)
    assert len(after[0]) == len(before[0]) + 700 and len(after[6]) == len(before[6]) + 700
    assert len(after[3]) == 7
    assert await catalog.rows("SELECT 1 FROM import_parts") == []


seen: set[int] = set()


async def look(catalog: Catalog) -> None:
    """How many titles there are, again and again."""
    while True:
        [row] = await catalog.rows("SELECT count(*) AS n FROM titles")
        seen.add(row["n"])


async def test_what_is_exported_can_be_imported(catalog: Catalog) -> None:
    await send(catalog, GOOD.encode())
    formulas = ['=HYPERLINK("http://x")', "+1", "-1", "@a", "'=1", "''-", "＝1", "'71", "A=1"]
    for name in formulas:
        await catalog.film(name, published=False, description=f"\t{name}")
    mappings = {"csv": "bijou.json", "jsonl": "bijou-lines.json"}
    csv = await catalog.edit("GET", "/exports/titles")
    assert csv.headers["content-type"].startswith("text/csv")
    jsonl = (await catalog.edit("GET", "/exports/titles?format=jsonl&status=published")).text
    assert [json.loads(line)["name"] for line in jsonl.splitlines()] == ["Moss, the", "Signal Rock"]
    for data, kind in ((csv.content, "csv"), (jsonl.encode(), "jsonl")):
        mapping = json.loads((MAPPINGS / mappings[kind]).read_text())
        again = await send(catalog, data, {**mapping, "source": f"again-{kind}", "known_by": "key"})
        assert (again["status"], again["titles"]) == ("done", 11 if kind == "csv" else 2), again
    cells = [cell for row in reader(csv.text.splitlines()) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r＝")]
    twice = await catalog.rows("SELECT name FROM titles WHERE availability = 'playable' ORDER BY name")
    assert [row["name"] for row in twice if row["name"] in formulas] == sorted(formulas * 2)
    query = "SELECT name FROM titles WHERE NOT name = ANY ($1) ORDER BY name"
    names = [row["name"] for row in await catalog.rows(query, formulas)]
    assert names == ["Moss, the"] * 3 + ["Signal Rock"] * 3


@pytest.mark.skipif(not REAL.is_file(), reason="the file of 8,807 titles is not here")
async def test_the_real_file_is_found_shifted_in_three_rows_and_imported_with_its_mapping(catalog: Catalog) -> None:
    data, mapping = gzip.decompress(REAL.read_bytes()), json.loads((MAPPINGS / "netflix.json").read_text())
    plain = ImportMapping.model_validate({**mapping, "corrections": {}})
    found = [
        (key, fault.column)
        for row in csv_rows(split(data, 65536))
        for key, _, faults in [plain.read(row)]
        for fault in faults
    ]
    assert found == [("s2", "director"), ("s733", "cast"), ("s6364", "cast")]
    some = b"".join(islice(lines([data]), 300))
    done = await send(catalog, some, mapping)
    assert (done["status"], done["titles"], done["faults"]) == ("done", 299, 0), done["first_faults"]


@pytest.mark.parametrize("match", ["^(a|a)*$", "^(a+)+$", "^((a*)*)*!$", "(x{1000}){1000}"])
def test_no_pattern_takes_longer_than_the_text_is(match: str) -> None:
    """With an engine that goes back, the first of these would take years, and no other request would be answered."""
    fields = {"type": {"constant": "movie"}, "name": {"column": "name", "match": match}}
    try:
        mapping = ImportMapping.model_validate({"source": "s", "key": "name", "fields": fields})
    except ValueError:
        return  # too large, or more than one group
    mapping.read(Row(2, {"name": "a" * 60 + "!"}, []))


@pytest.mark.parametrize("match", ["(", "(a)(b)", "a", "(?=a)(b)", r"(a)\1", "(\\C"])
def test_what_is_no_pattern_is_refused(match: str) -> None:
    with pytest.raises(ValueError, match="match"):
        Rule(column="name", match=match)


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_what_gzip_made_is_unpacked_and_bounded(size: int) -> None:
    packed = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")
    assert b"".join(unpacked(split(packed, size))) == b"a,b\n1,2\n3,4\n"
    assert b"".join(unpacked(split(b"a,b\n", size))) == b"a,b\n"
    bomb = gzip.compress(b"x" * 9_000_000)
    with pytest.raises(NotUnpacked, match="larger than 8 MiB"):
        for piece in unpacked(split(bomb, max(size, 100)), 8 * 1024 * 1024):
            assert len(piece) <= 1024 * 1024
    assert sum(map(len, unpacked([bomb]))) == 9_000_000
    for broken in (packed[:-20], packed[:20] + b"\xff" * 30 + packed[20:]):
        with pytest.raises(NotUnpacked, match="cannot be unpacked"):
            list(unpacked(split(broken, size)))


async def test_a_compressed_file_is_imported_and_a_broken_one_is_not_quoted(catalog: Catalog) -> None:
    done = await send(catalog, gzip.compress(GOOD.encode()))
    assert (done["status"], done["titles"]) == ("done", 2), done
    broken = await send(catalog, gzip.compress(GOOD.encode())[:-9])
    assert (broken["status"], broken["faults"]) == ("refused", 1)
    assert "cut short" in broken["first_faults"][0]["message"]
    noise = await send(catalog, b"\x89PNG\r\n\x1a\x00\xff secret \x01\xff\n" * 3)
    assert noise["status"] == "refused"
    assert not any(each in str(noise["first_faults"]) for each in ("PNG", "secret"))


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_an_export_is_edited_and_imported_by_id(catalog: Catalog, kind: str) -> None:
    mapping = json.loads((MAPPINGS / ("bijou.json" if kind == "csv" else "bijou-lines.json")).read_text())
    ids = []
    for n, name in enumerate(("=1+1", 'Ünder, "Quotes"', "-Lines")):
        made = await catalog.film(
            name, published=n != 1, tags=["a b", "+c"], cast=[f"Ada {n}"], directors=["Io Reed"],
            certificates={"FSK": "16", "MPA": "R"},
            description="One,\ntwo; \"three\"", other_names=["@also"], free_trailers=n == 0, year=1990 + n, country="DE",
        )  # fmt: skip
        ids.append(made["id"])
    written = await catalog.edit("POST", f"/titles/{ids[0]}/publish")
    assert written.status_code in (200, 409)

    async def whole() -> list[Any]:
        return [(await catalog.edit("GET", f"/titles/{each}")).json() for each in ids]

    before = await whole()
    file = (await catalog.edit("GET", "/exports/titles", params={"format": kind})).content
    looked = await send(catalog, file, mapping, dry_run=True)
    counts = ("status", "rows", "titles", "changed", "unchanged", "skipped")
    assert [looked[key] for key in counts] == ["checked", 3, 0, 0, 3, 0], looked
    done = await send(catalog, file, mapping)
    assert [done[key] for key in counts] == ["done", 3, 0, 0, 3, 0], done
    assert await whole() == before, "a file that nobody edited changes nothing"
    # In JSON Lines it is the id that says who is meant.
    other = (b"Io Reed", b"Io Reeds") if kind == "csv" else (b'"role":"director"', b'"role":"writer"')
    edited = file.replace(*other, 1).replace(b"1991", b"1981")
    if kind == "csv":
        # A new row has an id of the editor's own, and is known by it from then on.
        row = next(line for line in reader(file.decode().splitlines()) if line[0] == "id")
        cells = {"id": "new-1", "type": "movie", "name": "New", "free_trailers": "true", "language": "en"}
        edited += (",".join(cells.get(name, "") for name in row) + "\r\n").encode()
    looked = await send(catalog, edited, mapping, dry_run=True)
    new = int(kind == "csv")
    assert [looked[key] for key in counts] == ["checked", 3 + new, new, 2, 1, 0], looked
    done = await send(catalog, edited, mapping)
    assert [done[key] for key in counts] == ["done", 3 + new, new, 2, 1, 0], done
    after = await whole()
    assert sorted((one["year"], one["directors"]) for one in after) != sorted(
        (one["year"], one["directors"]) for one in before
    )
    assert [one["certificates"] for one in after] == [{"FSK": "16", "MPA": "R"}] * 3
    assert [one["slug"] for one in after] == [one["slug"] for one in before]


async def test_a_file_with_too_many_rows_is_refused_and_not_read_to_its_end(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "MOST_ROWS", 3)
    monkeypatch.setattr(import_runs, "BATCH", 2)
    rows = "".join(f"{n},Film,Film {n},,,,,,\n" for n in range(9))
    found = await send(catalog, (HEADER + rows).encode())
    assert (found["status"], found["rows"], found["titles"]) == ("refused", 4, 0)
    [fault] = found["first_faults"]
    assert (fault["line"], fault["message"]) == (5, "is one more than the 3 rows a file may have")
    assert await catalog.rows("SELECT 1 FROM titles") == []


@pytest.mark.parametrize("what", ["slug", "person"])
async def test_an_import_that_an_editor_overtakes_is_written_again(
    catalog: Catalog, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, tables, calls = imports.taken_slugs, imported.tables, 0

    async def taken_slugs(*given: Any) -> set[str]:
        nonlocal calls
        found = await asked(*given)
        calls += 1
        if calls == 1:  # after the question and before the answer
            await catalog.film("Moss, the", slug="moss-the", published=False)
        return found

    async def tabled(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            [person] = await catalog.rows("SELECT id::text FROM people WHERE name = 'Ada Fern'")
            assert (await catalog.edit("DELETE", f"/people/{person['id']}")).status_code == 204
        return await tables(*given)

    if what == "slug":
        monkeypatch.setattr(imports, "taken_slugs", taken_slugs)
    else:
        monkeypatch.setattr(imported, "tables", tabled)
    done = await send(catalog, GOOD.encode())
    assert (done["status"], done["titles"], calls) == ("done", 2, 2), done
    slugs = [row["slug"] for row in await catalog.rows("SELECT slug FROM titles ORDER BY slug")]
    assert slugs == (["moss-the", "moss-the-2020", "signal-rock"] if what == "slug" else ["moss-the", "signal-rock"])
    assert len(await catalog.rows("SELECT 1 FROM people")) == 3


async def test_titles_of_a_file_are_told_as_a_crowd_however_few_and_edits_and_a_small_undo_are_not(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = await send(catalog, GOOD.encode())
    made = {str(row["id"]) for row in await catalog.rows("SELECT id FROM titles")}
    title = min(made)
    await catalog.change(title, year=1990)
    await send(catalog, GOOD.replace("Slow", "Fast").encode(), {**MAPPING, "existing": "update"})
    told = {each: [event["crowd"] for event in await catalog.events(each)] for each in made}
    assert told[title][:2] == [True, False] and all(events[0] for events in told.values())
    assert [crowd for events in told.values() for crowd in events].count(False) == 1
    assert (await catalog.edit("POST", f"/imports/{done['id']}/undo", json={"force": True})).status_code == 202
    await finished(catalog, f"/imports/{done['id']}")
    gone = [(await catalog.events(each))[-1] for each in made]
    assert [(event["status"], event["crowd"]) for event in gone] == [("archived", False)] * 2, "somebody waits for that"
    monkeypatch.setattr(import_runs, "CROWD", 1)
    done = await send(catalog, GOOD.encode())
    made = {str(row["id"]) for row in await catalog.rows("SELECT id FROM titles")}
    assert (await catalog.edit("POST", f"/imports/{done['id']}/undo", json={})).status_code == 202
    await finished(catalog, f"/imports/{done['id']}")
    assert all([(await catalog.events(each))[-1]["crowd"] for each in made]), "more than a few are a crowd"


async def test_an_import_is_undone_where_somebody_has_removed_texts_that_it_brought(catalog: Catalog) -> None:
    film = await catalog.film(published=False)
    before = (await catalog.edit("GET", f"/titles/{film['id']}")).json()
    mapping = {
        "format": "jsonl", "source": "studio", "key": "id", "known_by": "id", "existing": "update",
        "fields": {"type": {"constant": "movie"}, "name": {"column": "name"}, "texts": {"column": "texts"}},
    }  # fmt: skip
    row = {"id": film["id"], "name": "Moss", "texts": {"de": {"name": "Moos"}, "fr": {"name": "Mousse"}}}
    done = await send(catalog, json.dumps(row).encode(), mapping)
    assert (done["status"], done["changed"]) == ("done", 1), done
    headers = {"If-Match": "*"}
    gone = await catalog.edit("DELETE", f"/titles/{film['id']}/texts/de", headers=headers)
    assert gone.status_code == 204, gone.text
    assert (await catalog.edit("POST", f"/imports/{done['id']}/undo", json={"force": True})).status_code == 202
    undone = await finished(catalog, f"/imports/{done['id']}")
    assert undone["status"] == "undone", undone
    back = (await catalog.edit("GET", f"/titles/{film['id']}")).json()
    assert (back["name"], back["texts"]) == (before["name"], before["texts"])


async def test_a_language_is_said_once_however_it_is_spelt(catalog: Catalog) -> None:
    film = await catalog.film(published=False)
    twice = {"pt-BR": {"name": "Um"}, "pt-br": {"name": "Dois"}}
    refused = await catalog.edit("POST", "/titles", json={"type": "movie", "name": "A", "texts": twice})
    assert refused.status_code == 422 and "pt-BR and pt-br are one language" in refused.text, refused.text
    mapping = {
        "format": "jsonl", "source": "studio", "key": "id", "known_by": "id", "existing": "update",
        "fields": {"type": {"constant": "movie"}, "name": {"column": "name"}, "texts": {"column": "texts"}},
    }  # fmt: skip
    found = await send(catalog, json.dumps({"id": film["id"], "name": "A", "texts": twice}).encode(), mapping)
    [fault] = found["first_faults"]
    assert (found["status"], fault["column"], "one language" in fault["message"]) == ("refused", "texts", True)
    once = {"id": film["id"], "name": "A", "texts": {"pt-br": {"name": "Um"}}}
    assert (await send(catalog, json.dumps(once).encode(), mapping))["changed"] == 1
    assert [item["language"] for item in (await catalog.edit("GET", f"/titles/{film['id']}")).json()["texts"]] == [
        "pt-BR"
    ]


async def test_undoing_an_import_leaves_people_that_editors_worked_on(catalog: Catalog) -> None:
    done = await send(catalog, GOOD.encode())
    [bo] = await catalog.rows("SELECT id::text FROM people WHERE name = 'Bo Dune'")
    written = await catalog.edit(
        "PATCH", f"/people/{bo['id']}", json={"biography": "Plays keepers."}, headers={"If-Match": "*"}
    )
    assert written.status_code == 200, written.text
    assert (await catalog.edit("POST", f"/imports/{done['id']}/undo", json={"force": True})).status_code == 202
    assert (await finished(catalog, f"/imports/{done['id']}"))["status"] == "undone"
    assert await catalog.rows("SELECT name, biography FROM people") == [
        {"name": "Bo Dune", "biography": "Plays keepers."}
    ]


@pytest.mark.parametrize("breaks", [1, 9], ids=["once", "for good"])
async def test_an_update_that_breaks_a_rule_of_the_database_is_tried_again_and_leaves_nobody_behind(
    catalog: Catalog, breaks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(catalog, GOOD.encode())
    before, update, calls = await catalog.rows("SELECT name FROM people ORDER BY 1"), import_updates.update, 0

    async def overtaken(*given: Any) -> tuple[int, int]:
        nonlocal calls
        calls += 1
        if calls <= breaks:  # as an editor's row that came between a look and the writing
            async with session_on(given[0]) as session:
                await session.execute(text("INSERT INTO genres (slug, name) VALUES ('drama', 'Drama')"))
        return await update(*given)

    monkeypatch.setattr(import_updates, "update", overtaken)
    news = GOOD.replace("Io Reed", "Ny Beck")
    done = await send(catalog, news.encode(), {**MAPPING, "existing": "update"})
    after = [row["name"] for row in await catalog.rows("SELECT name FROM people ORDER BY 1")]
    if breaks == 1:
        assert (done["status"], done["changed"], calls) == ("done", 1, 2), done
        assert "Ny Beck" in after
    else:
        assert (done["status"], calls) == ("failed", import_runs.TRIES), done
        assert after == [row["name"] for row in before]


async def test_a_person_named_by_id_alone_who_goes_meanwhile_fails_the_import_by_that_id(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = (await catalog.edit("POST", "/people", json={"name": "Ada Fern"})).json()["id"]
    tables = imported.tables

    async def tabled(*given: Any) -> Any:
        await catalog.edit("DELETE", f"/people/{person}")
        return await tables(*given)

    monkeypatch.setattr(imported, "tables", tabled)
    mapping = {
        "format": "jsonl", "source": "studio", "key": "id",
        "fields": {"type": {"constant": "movie"}, "name": {"column": "name"}, "credits": {"column": "credits"}},
    }  # fmt: skip
    credits = [{"person_id": person, "role": "actor"}, {"name": "Bo Dune", "role": "writer"}]
    row = {"id": "1", "name": "Moss", "credits": credits}
    found = await send(catalog, json.dumps(row).encode(), mapping)
    assert found["status"] == "failed" and f"PersonGone: {person} was removed" in found["detail"], found
    assert await catalog.rows("SELECT name FROM people") == [], "whom the failed import made is gone with it"
    # Once more, the file itself is told what is wrong with it.
    started = await catalog.edit("POST", f"/imports/{found['id']}/start", json={"parts": 2})
    assert started.status_code == 202, started.text
    again = await finished(catalog, f"/imports/{found['id']}")
    [fault] = again["first_faults"]
    assert (again["status"], fault["line"], person in fault["message"]) == ("refused", 1, True)


async def test_an_undo_gives_back_approvals_and_schedules_but_not_where_somebody_has_edited_since(
    catalog: Catalog,
) -> None:
    colleague = catalog.auth_headers(account_id=new_id(), roles=["content_manager"])
    later = (NOON + timedelta(minutes=1)).isoformat()
    ids = {}
    for name in ("draft", "approved", "scheduled", "edited", "unseen"):
        made = await catalog.film(name, published=False, year=1990)
        ids[name] = made["id"]
        path = f"/titles/{made['id']}"
        await catalog.asset(made["playable_id"])
        if name == "draft":
            continue
        if name != "unseen":
            await catalog.edit("POST", f"{path}/submit")
            approved = await catalog.edit("POST", f"{path}/approve", headers=colleague)
            assert approved.status_code == 200, approved.text
        if name in ("scheduled", "unseen"):
            headers = catalog.auth_headers(account_id=new_id(), roles=["super_admin"])
            planned = await catalog.edit("POST", f"{path}/schedule", json={"publish_at": later}, headers=headers)
            assert planned.status_code == 200, planned.text

    async def statuses() -> dict[str, str]:
        rows = await catalog.rows("SELECT id::text, status FROM titles")
        found = {row["id"]: row["status"] for row in rows}
        return {name: found[title_id] for name, title_id in ids.items()}

    before = await statuses()
    assert list(before.values()) == ["draft", "approved", "scheduled", "approved", "scheduled"]
    mapping = {
        "source": "studio", "key": "id", "known_by": "id", "existing": "update",
        "fields": {"type": {"constant": "movie"}, "name": {"column": "name"}, "year": {"constant": "1991"}},
    }  # fmt: skip
    file = "id,name\n" + "".join(f"{title_id},{name}\n" for name, title_id in ids.items())
    looked = await send(catalog, file.encode(), mapping, dry_run=True)
    assert [looked[key] for key in ("status", "changed", "to_review")] == ["checked", 5, 3], looked
    assert await statuses() == before
    done = await send(catalog, file.encode(), mapping)
    assert [done[key] for key in ("status", "changed", "to_review")] == ["done", 5, 3], done
    assert list((await statuses()).values()) == ["draft", "review", "review", "review", "scheduled"]
    catalog.clock.advance(120)
    await Schedules(catalog.db, catalog.clock).work()
    assert (await statuses())["scheduled"] == "review", "it waits for its approval"
    await catalog.change(ids["edited"], tagline="By hand")
    assert (await catalog.edit("POST", f"/imports/{done['id']}/undo", json={"force": True})).status_code == 202
    assert (await finished(catalog, f"/imports/{done['id']}"))["status"] == "undone"
    after = await statuses()
    assert {name: after[name] for name in ("draft", "approved", "scheduled", "edited")} == {
        "draft": "draft", "approved": "approved", "scheduled": "scheduled", "edited": "review",
    }  # fmt: skip
    way = (await catalog.edit("GET", f"/titles/{ids['approved']}/lifecycle")).json()["steps"]
    assert [(step["action"], step["status"]) for step in way[-2:]] == [
        ("change", "review"),
        ("undo_import", "approved"),
    ]
    assert len(way) == 4
    await Schedules(catalog.db, catalog.clock).work()
    assert (await statuses())["scheduled"] == "published", "what was approved goes its way"


LINES: dict[str, Any] = {
    "format": "jsonl", "source": "studio", "key": "id",
    "fields": {
        "type": {"constant": "movie"}, "name": {"column": "name"}, "credits": {"column": "credits"}, "texts": {"column": "texts"},
        "certificates": {"column": "certificates"}, "windows": {"column": "windows"},
    },
}  # fmt: skip
NOTHING: dict[str, Any] = {"credits": [], "texts": {}, "certificates": {}, "windows": []}


async def test_objects_of_very_many_parts_cost_one_fault_each_and_a_row_twenty(catalog: Catalog) -> None:
    many = {f"k{n}": "x" for n in range(100_000)}
    said: list[dict[str, Any]] = [
        {"credits": [{"name": "A", "role": "actor", **many}]}, {"texts": {"de": many}}, {"texts": many}, {"certificates": many},
        {"windows": [many]}, {"credits": [{"name": "A", "role": "actor"}] * 501},
    ]  # fmt: skip
    rows = [{"id": str(n), "name": "A", **NOTHING, **each} for n, each in enumerate(said)]
    rows.append({"id": "last", "name": "A", **NOTHING, "credits": [{"role": "hero"}] * 500})
    found = await send(catalog, "\n".join(map(json.dumps, rows)).encode(), LINES)
    listed = (await catalog.edit("GET", f"/imports/{found['id']}/faults?limit=100")).json()["items"]
    columns = ["credits", "texts", "texts", "certificates", "windows", "credits"]
    assert [(item["line"], item["column"]) for item in listed[:6]] == list(enumerate(columns, 1)), listed[:7]
    assert [item["line"] for item in listed[6:]] == [7] * import_runs.ROW_FAULTS
    assert listed[-1]["message"] == "has 481 more faults"
    assert listed[0]["message"] == "0: has 100,002 fields, where 50 are the most"


async def test_a_file_of_faults_is_read_until_there_are_enough_of_them(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "MOST_FAULTS", 10)
    monkeypatch.setattr(import_runs, "BATCH", 4)
    rows = "".join(f"{n},Opera,Film {n},,,,,,\n" for n in range(90))
    found = await send(catalog, (HEADER + rows).encode())
    listed = (await catalog.edit("GET", f"/imports/{found['id']}/faults?limit=100")).json()
    assert (found["status"], found["faults"], listed["total"], found["rows"]) == ("refused", 10, 10, 12)
    assert [item["line"] for item in listed["items"]] == [*range(2, 11), 13]
    assert listed["items"][-1]["message"] == "is as far as this file was read: it has 10 faults, or more"


async def test_large_rows_are_looked_at_and_written_a_few_at_a_time(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "BATCH_BYTES", 10_000)
    tables, read, sizes, looked = imported.tables, import_runs._batch, list[int](), list[int]()

    async def tabled(*given: Any) -> Any:
        sizes.append(len(given[4]))
        return await tables(*given)

    def batch(*given: Any) -> Any:
        found = read(*given)
        looked.append(len(found))
        return found

    monkeypatch.setattr(imported, "tables", tabled)
    monkeypatch.setattr(import_runs, "_batch", batch)
    credits = [{"name": f"Person {n}", "role": "actor"} for n in range(100)]
    large = [{"id": str(n), "name": f"A {n}", **NOTHING, "credits": credits} for n in range(7)]
    small = [{"id": f"s{n}", "name": f"B {n}", **NOTHING} for n in range(3)]
    done = await send(catalog, "\n".join(map(json.dumps, [*large, *small])).encode(), LINES)
    assert (done["status"], done["titles"]) == ("done", 10), done
    assert sum(sizes) == sum(looked) == 10 and max(sizes) <= 4 and max(looked) <= 4, (sizes, looked)
    # In CSV a row is what its lines are.
    long = "".join(f'{n},Film,C {n},,,,,,"{"x" * 4000}\n"\n' for n in range(9))
    looked.clear()
    assert (await send(catalog, (HEADER + long).encode(), {**MAPPING, "source": "other"}))["titles"] == 9
    assert looked == [3, 3, 3, 0]
