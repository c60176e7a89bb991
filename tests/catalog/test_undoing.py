"""An import is undone as one: what it made is gone, and what it changed is as it was."""

import json
from datetime import timedelta
from typing import Any

import pytest

from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged
from services.catalog.repository import imports
from services.catalog.service import import_runs
from services.catalog.service.schedules import Schedules
from tests.catalog.conftest import NOON, Catalog
from tests.catalog.files import GOOD, HEADER, MAPPING, finished, send, state
from tests.catalog.test_actors import tell


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
    again = (await catalog.edit("POST", f"{path}/undo", json={})).json()
    assert (again["code"], again["undone_by"]) == ("import_undone", str(catalog.editor_id))
    assert (again["undone_by_name"], again["undone_at"] is not None) == (None, True), (
        "nobody has told of the account yet"
    )
    assert again["detail"] == f"This import was undone already, at {catalog.clock.now():%Y-%m-%d %H:%M} UTC."
    await tell(catalog, catalog.editor_id, "Maren")
    again = (await catalog.edit("POST", f"{path}/undo", json={"force": True})).json()
    assert (again["code"], again["undone_by_name"]) == ("import_undone", "Maren") and "already by Maren, at" in again[
        "detail"
    ]


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
