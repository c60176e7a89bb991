"""Files of titles: all or nothing, whole after a run was killed, and once more what was exported."""

import asyncio
import gzip
import json
from csv import reader
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import text

from libs.chassis.data.database import session_on
from services.catalog.importing.files import csv_rows, lines
from services.catalog.importing.mapping import ImportMapping
from services.catalog.repository import imports
from services.catalog.service import import_runs, import_updates, imported
from tests.catalog.conftest import Catalog
from tests.catalog.files import GOOD, HEADER, LINES, MAPPING, MAPPINGS, NOTHING, REAL, finished, send, split, state


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
    assert found["status"] == "failed" and found["detail"].startswith(f"{person} was removed"), found
    assert await catalog.rows("SELECT name FROM people") == [], "whom the failed import made is gone with it"
    # Once more, the file itself is told what is wrong with it.
    started = await catalog.edit("POST", f"/imports/{found['id']}/start", json={"parts": 2})
    assert started.status_code == 202, started.text
    again = await finished(catalog, f"/imports/{found['id']}")
    [fault] = again["first_faults"]
    assert (again["status"], fault["line"], person in fault["message"]) == ("refused", 1, True)


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
