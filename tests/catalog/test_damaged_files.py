"""What is wrong with a file is said by line and column, and nothing of it is imported."""

import gzip
import json
from typing import Any

import pytest

from services.catalog.importing.files import NotUnpacked, Row, csv_rows, json_rows, lines, unpacked
from services.catalog.importing.mapping import ImportMapping, Rule
from services.catalog.service import import_runs
from tests.catalog.conftest import Catalog
from tests.catalog.files import GOOD, HEADER, LINES, NOTHING, finished, send, split, state


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


async def test_what_a_title_may_not_be_is_said_in_words_of_an_editor(catalog: Catalog) -> None:
    fields = {
        name: {"column": name}
        for name in (
            "type",
            "name",
            "slug",
            "year",
            "country",
            "language",
            "maturity",
            "availability",
            "credits",
            "windows",
        )
    }
    mapping = {"format": "jsonl", "source": "studio", "key": "id", "fields": fields}
    plain = dict.fromkeys(fields) | {"type": "movie", "name": "A"}
    bad: list[tuple[dict[str, Any], str, str]] = [
        ({"type": "opera"}, "type", "type: “opera” must be one of movie or series"),
        ({"name": None}, "name", "name: is missing"),
        ({"name": "x" * 201}, "name", f"name: “{'x' * 60}” may have 200 characters at most"),
        ({"slug": "Moss Hour"}, "slug", "must be small letters and digits, with single hyphens between, as the-ninth-flash"),
        ({"year": 19999}, "year", "year: “19999” must be 2200 or less"),
        ({"year": "soon"}, "year", "“soon” is no whole number"),
        ({"country": "ZZ"}, "country", "country: “ZZ” is the code of no country (ISO 3166-1 alpha-2)"),
        ({"country": "Irland"}, "country", "“Irland” must be a country in two capital letters, as IE (ISO 3166-1 alpha-2)"),
        ({"language": "german!"}, "language", "“german!” must be the tag of a language, as en or pt-BR (BCP 47)"),
        ({"maturity": "13"}, "maturity", "maturity: “13” must be one of 0, 7, 12, 16 or 18"),
        ({"availability": "no"}, "availability", "availability: “no” must be one of playable or listed"),
        ({"credits": [{"name": "B", "role": "cook"}]}, "credits", "credits.0.role: “cook” must be one of actor, voice"),
        ({"credits": [{"role": "actor", "name": "B", "age": 5}]}, "credits", "credits.0.age: is no field that is known here"),
        ({"credits": [{"role": "actor", "name": True}]}, "credits", "credits.0.name: “true” must be a text"),
        ({"windows": [{"starts_at": "noon"}]}, "windows", "windows.0.starts_at: “noon” must be a moment with its zone"),
        ({"windows": [{"starts_at": 5}]}, "windows", "windows.0.starts_at: “5” must be a moment with its zone"),
    ]  # fmt: skip
    rows = [{"id": str(n), **plain, **said} for n, (said, *_) in enumerate(bad)]
    found = await send(catalog, "\n".join(map(json.dumps, rows)).encode(), mapping, dry_run=True)
    listed = (await catalog.edit("GET", f"/imports/{found['id']}/faults?limit=100")).json()["items"]
    for (said, column, words), item in zip(bad, listed, strict=True):
        assert item["column"] == column and words in item["message"], (said, item)
    assert not any(word in str(listed) for word in ("Input", "pattern", "^", "Body", "Error", "class")), listed
