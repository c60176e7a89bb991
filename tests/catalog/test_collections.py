"""Collections: put together by editors, in their order, seen in their window and country with what each viewer may see."""

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from libs.chassis.ids import new_id
from tests.catalog.conftest import Catalog

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def made(catalog: Catalog, expect: int = 201, **fields: Any) -> dict[str, Any]:
    answer = await catalog.edit("POST", "/collections", json={"name": "By the sea", **fields})
    assert answer.status_code == expect, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def shown(catalog: Catalog, collection: str, **claims: Any) -> list[str] | int:
    """The names in a collection as somebody sees it, or the status of the refusal."""
    who = catalog.auth_headers(**{"profile_id": new_id(), **claims})
    answer = await catalog.get(f"/collections/{collection}", who)
    return [item["name"] for item in answer.json()["items"]] if answer.status_code == 200 else answer.status_code


async def test_everybody_sees_of_it_what_is_theirs_to_see(talking: Catalog) -> None:
    one = await talking.film("Fog", maturity=0)
    grim = await talking.film("Grim", maturity=16)
    far = await talking.film("Far", windows=[{"regions": ["DE"]}])
    draft = await talking.film("Draft", published=False)
    ids = [grim["id"], draft["id"], one["id"], far["id"], grim["id"]]
    collection = await made(talking, title_ids=ids, description="Lamps.")
    assert [title["name"] for title in collection["titles"]] == ["Grim", "Draft", "Fog", "Far"], "each title once"
    assert await shown(talking, collection["id"]) == ["Grim", "Fog"]
    assert await shown(talking, collection["id"], country="DE") == ["Grim", "Fog", "Far"]
    assert await shown(talking, collection["id"], maturity=7, kids=True) == ["Fog"]
    await talking.edit("POST", f"/titles/{grim['id']}/unpublish")
    assert await shown(talking, collection["id"]) == ["Fog"]
    hidden = await made(talking, title_ids=[draft["id"]])
    assert await shown(talking, hidden["id"]) == 404, "nothing to see is nothing there"


async def test_it_is_open_in_its_window_and_its_countries(talking: Catalog) -> None:
    film = await talking.film("Tide")
    now = talking.clock.now()
    window: dict[str, Any] = {
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=2)).isoformat(),
    }
    collection = (await made(talking, title_ids=[film["id"]], regions=["US"], **window))["id"]
    assert await shown(talking, collection) == 404
    talking.clock.advance(3600)
    assert (await shown(talking, collection), await shown(talking, collection, country="FR")) == (["Tide"], 404)
    talking.clock.advance(3600)
    assert await shown(talking, collection) == 404


async def test_those_of_the_home_page_come_in_their_order(talking: Catalog) -> None:
    films = [(await talking.film(f"Row {n}"))["id"] for n in range(3)]
    empty = await talking.film("Not yet", published=False)
    last = await made(talking, name="Last", home_place=902, title_ids=films)
    await made(talking, name="Apart", title_ids=films)
    await made(talking, name="Empty", home_place=901, title_ids=[empty["id"]])
    await made(talking, name="First", home_place=900, title_ids=films[::-1])
    rows = (await talking.get("/collections?limit=2")).json()["items"]
    assert [(row["name"], [item["name"] for item in row["items"]]) for row in rows] == [
        ("First", ["Row 2", "Row 1"]), ("Last", ["Row 0", "Row 1"]),
    ]  # fmt: skip
    table = (await talking.edit("GET", "/collections?limit=100")).json()
    assert [item["name"] for item in table["items"]][:3] == ["First", "Empty", "Last"]

    body = {"name": "Last", "title_ids": films[:1]}
    stale = await talking.edit("PUT", f"/collections/{last['id']}", json=body, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    read = await talking.edit("GET", f"/collections/{last['id']}")
    assert read.headers["etag"] == f'"{last["version"]}"' == '"1"'
    moved = await talking.edit(
        "PUT", f"/collections/{last['id']}", json=body, headers={"If-Match": f"W/{read.headers['etag']}"}
    )
    assert moved.headers["etag"] == '"2"', "compressed on its way or not, it is that version"
    assert (moved.json()["version"], moved.json()["home_place"], len(moved.json()["titles"])) == (2, None, 1)
    assert [row["name"] for row in (await talking.get("/collections")).json()["items"]] == ["First"]
    assert (await talking.edit("DELETE", f"/collections/{last['id']}")).status_code == 204
    assert await shown(talking, last["id"]) == 404
    assert (await talking.get(f"/titles/{films[0]}")).status_code == 200


async def test_what_cannot_be_is_refused_whole(talking: Catalog) -> None:
    film, nobody = await talking.film("Real"), str(new_id())
    refused = await made(talking, 422, name="Half", title_ids=[film["id"], nobody])
    assert refused["code"] == "unknown_titles" and nobody in refused["errors"][0]["msg"]
    assert "Half" not in (await talking.edit("GET", "/collections?limit=100")).text
    for bad in (
        {"name": " "}, {"title_ids": [str(new_id()) for _ in range(201)]}, {"regions": ["usa"]}, {"home_place": -1},
        {"regions": ["ZZ"]},
        {"starts_at": "2026-11-02T00:00:00Z", "ends_at": "2026-11-01T00:00:00Z"},
    ):  # fmt: skip
        await made(talking, 422, **bad)
    viewer = await talking.client.post("/api/v1/admin/collections", json={"name": "Mine"}, headers=talking.viewer)
    assert viewer.status_code == 403


async def test_every_edit_of_a_collection_is_kept_with_who_and_what(talking: Catalog) -> None:
    fog, tide = await talking.film("Fog, logged"), await talking.film("Tide, logged")
    path = f"/collections/{(await made(talking, title_ids=[fog['id']]))['id']}"
    changed = await talking.edit("PUT", path, json={"name": "By the lake", "title_ids": [tide["id"], fog["id"]]})
    assert changed.status_code == 200, changed.text
    assert (await talking.edit("DELETE", path)).status_code == 204
    assert (await talking.edit("GET", path)).status_code == 404
    log = (await talking.edit("GET", f"{path}/audit")).json()
    assert [(line["action"], line["version"]) for line in log] == [("delete", 3), ("update", 2), ("create", 1)]
    deleted, updated, created = log
    assert created["before"] is None and created["after"]["title_ids"] == [fog["id"]]
    assert (updated["before"], deleted["before"], deleted["after"]) == (created["after"], updated["after"], None)
    assert (updated["after"]["name"], updated["after"]["title_ids"]) == ("By the lake", [tide["id"], fog["id"]])
    assert all(line["actor"] for line in log)
    refused = await talking.edit("PUT", path, json={"name": "Nowhere", "title_ids": [str(new_id())]})
    assert refused.status_code == 404
    assert (await talking.edit("GET", f"/collections/{new_id()}/audit")).status_code == 404


async def test_one_that_was_deleted_comes_back_as_it_was(talking: Catalog) -> None:
    one, other = await talking.film("Back one"), await talking.film("Back two")
    before = await made(talking, title_ids=[other["id"], one["id"]], home_place=77, regions=["US"], description="Sea.")
    path = f"/collections/{before['id']}"
    refused = await talking.edit("POST", f"{path}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_deleted")
    assert (await talking.edit("DELETE", path)).status_code == 204
    await talking.rows("DELETE FROM titles WHERE id = $1", one["id"])
    answers = await asyncio.gather(*(talking.edit("POST", f"{path}/restore") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (back,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert [title["id"] for title in back["titles"]] == [other["id"]], "without what there is not any more"
    same = ("id", "name", "description", "home_place", "regions", "created_at")
    assert {name: back[name] for name in same} == {name: before[name] for name in same}
    assert back["version"] == 3
    assert await shown(talking, before["id"]) == ["Back two"]
    log = (await talking.edit("GET", f"{path}/audit")).json()
    assert [line["action"] for line in log] == ["restore", "delete", "create"]
    assert (await talking.edit("POST", f"/collections/{new_id()}/restore")).status_code == 404


@pytest.mark.parametrize(("kept", "back"), [(["UK", "US"], ["US"]), (["UK"], None)])
async def test_one_that_was_for_what_is_no_country_comes_back_without_it(
    talking: Catalog, kept: list[str], back: list[str] | None
) -> None:
    path = f"/collections/{(await made(talking, regions=['US']))['id']}"
    assert (await talking.edit("DELETE", path)).status_code == 204
    await talking.rows(
        "UPDATE audit SET before = jsonb_set(before, '{regions}', $1::jsonb) WHERE title_id = $2 AND action = 'delete'",
        orjson.dumps(kept).decode(), path.rpartition("/")[2],
    )  # fmt: skip
    answer = await talking.edit("POST", f"{path}/restore")
    told = (answer.status_code, answer.json().get("regions") or answer.json()["code"])
    assert told == ((200, back) if back else (409, "regions_gone"))
