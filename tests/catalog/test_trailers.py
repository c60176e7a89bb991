"""A title's trailers: what editors do with them, what viewers see of them, and what the other services are told."""

import asyncio
from typing import Any

from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged
from tests.catalog.conftest import Catalog


async def added(catalog: Catalog, title_id: str, **body: Any) -> dict[str, Any]:
    answer = await catalog.edit("POST", f"/titles/{title_id}/trailers", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def shown(catalog: Catalog, title_id: str) -> list[str]:
    return [item["name"] for item in (await catalog.get(f"/titles/{title_id}")).json()["trailers"]]


async def test_a_trailer_is_shown_once_it_can_be_played(catalog: Catalog) -> None:
    film = await catalog.film(language="de")
    made = await added(catalog, film["id"])
    assert (made["name"], made["language"], made["ready"], made["duration"]) == ("Trailer", "de", False, None)
    assert made["playable_id"] not in (film["playable_id"], made["id"])
    assert await shown(catalog, film["id"]) == []

    await catalog.asset(made["playable_id"], duration=17.6)
    expected = {
        "id": made["id"],
        "playable_id": made["playable_id"],
        "kind": "trailer",
        "name": "Trailer",
        "language": "de",
        "duration": 18,
    }
    details = (await catalog.get(f"/titles/{film['id']}")).json()
    assert (details["trailers"], details["playable_id"]) == ([expected], film["playable_id"])
    [card] = (await catalog.get("/titles")).json()["items"]
    assert (card["trailer"], card["playable_id"]) == (expected, film["playable_id"])
    [listed] = (await catalog.edit("GET", f"/titles/{film['id']}/trailers")).json()["items"]
    assert (listed["ready"], listed["duration"]) == (True, 17.6)


async def test_only_trailers_and_teasers_are_offered_as_a_trailer(catalog: Catalog) -> None:
    film = await catalog.film()
    kinds = ("behind_the_scenes", "clip", "teaser", "trailer")
    made = [await added(catalog, film["id"], kind=kind, name=kind) for kind in kinds]
    assert [item["kind"] for item in made] == list(kinds)
    for item in made[:2]:
        await catalog.asset(item["playable_id"])

    async def offered() -> tuple[Any, list[str]]:
        (card,) = (await catalog.get("/titles")).json()["items"]
        return card["trailer"], [
            item["kind"] for item in (await catalog.get(f"/titles/{film['id']}")).json()["trailers"]
        ]

    assert await offered() == (None, ["behind_the_scenes", "clip"])
    for item in made[2:]:
        await catalog.asset(item["playable_id"])
    card, extras = await offered()
    assert (card["kind"], extras) == ("teaser", list(kinds))
    event = TitleChanged.model_validate((await catalog.events(film["id"]))[-1])
    assert [trailer.kind for trailer in event.trailers] == list(kinds)
    # What it is can be changed, taken back, and is nothing else than these.
    path = f"/trailers/{made[2]['id']}"
    mark = (await catalog.edit("GET", f"/titles/{film['id']}")).json()["version"]
    assert (await catalog.edit("PATCH", path, json={"kind": "featurette"})).json()["kind"] == "featurette"
    assert (await offered())[0]["kind"] == "trailer"
    body = {"version": mark, "fields": [f"trailer.{made[2]['id']}"]}
    await catalog.edit("POST", f"/titles/{film['id']}/rollback", json=body, headers={"If-Match": "*"})
    assert (await offered())[0]["kind"] == "teaser"
    for kind in ("advert", None):
        assert (await catalog.edit("PATCH", path, json={"kind": kind})).status_code == 422


async def test_a_trailer_makes_no_title_playable(catalog: Catalog) -> None:
    film = await catalog.film(published=False)
    series, _ = await catalog.series(seasons=1, episodes=0, published=False)
    for title_id, missing in ((film["id"], ["asset"]), (series, ["episode", "asset"])):
        await catalog.asset((await added(catalog, title_id))["playable_id"])
        answer = await catalog.edit("POST", f"/titles/{title_id}/publish")
        assert (answer.status_code, answer.json()["missing"]) == (409, missing)
    rows = (await catalog.edit("GET", "/titles")).json()["items"]
    assert [row["ready"] for row in rows] == [False, False]


async def test_trailers_go_where_their_title_goes(catalog: Catalog) -> None:
    film = await catalog.film(maturity=16, windows=[{"regions": ["US"]}])
    await catalog.asset((await added(catalog, film["id"]))["playable_id"])
    assert await shown(catalog, film["id"]) == ["Trailer"]
    child = catalog.auth_headers(profile_id=new_id(), maturity=12)
    abroad = catalog.auth_headers(profile_id=new_id(), country="FR")
    for headers in (child, abroad):
        assert (await catalog.get(f"/titles/{film['id']}", headers)).status_code == 404
    await catalog.edit("POST", f"/titles/{film['id']}/unpublish")
    assert (await catalog.get(f"/titles/{film['id']}")).status_code == 404


async def test_trailers_are_renamed_put_in_order_and_removed(catalog: Catalog) -> None:
    film = await catalog.film()
    made = [await added(catalog, film["id"], name=name) for name in ("One", "Two", "Three")]
    for item in made:
        await catalog.asset(item["playable_id"])
    path = f"/titles/{film['id']}/trailers/order"
    answer = await catalog.edit("PUT", path, json={"trailer_ids": [made[2]["id"], made[2]["id"], made[0]["id"]]})
    assert [item["name"] for item in answer.json()["items"]] == ["Three", "One", "Two"]
    assert await shown(catalog, film["id"]) == ["Three", "One", "Two"]
    answer = await catalog.edit("PUT", path, json={"trailer_ids": [made[1]["id"]]})
    assert [item["name"] for item in answer.json()["items"]] == ["Two", "Three", "One"]

    changed = await catalog.edit("PATCH", f"/trailers/{made[1]['id']}", json={"name": "Zwei", "language": "de"})
    assert (changed.json()["name"], changed.json()["language"]) == ("Zwei", "de")
    assert (await catalog.edit("DELETE", f"/trailers/{made[2]['id']}")).status_code == 204
    assert await shown(catalog, film["id"]) == ["Zwei", "One"]
    assert (await added(catalog, film["id"], name="Four"))["name"] == "Four"
    names = [item["name"] for item in (await catalog.edit("GET", f"/titles/{film['id']}")).json()["trailers"]]
    assert names == ["Zwei", "One", "Four"]
    audit = (await catalog.edit("GET", f"/titles/{film['id']}/audit")).json()
    assert {"add_trailer", "change_trailer", "reorder_trailers", "remove_trailer"} <= {item["action"] for item in audit}


async def test_the_other_services_are_told_of_trailers_apart_from_playables(catalog: Catalog) -> None:
    film = await catalog.film()
    made = await added(catalog, film["id"])
    asset = await catalog.asset(made["playable_id"])
    told = TitleChanged.model_validate((await catalog.events(film["id"]))[-1])
    [trailer] = told.trailers
    assert trailer.asset is not None
    assert (str(trailer.id), str(trailer.playable_id)) == (made["id"], made["playable_id"])
    assert (trailer.asset.asset_id, trailer.asset.renditions[0].height) == (asset, 720)
    assert [str(item.id) for item in told.playables] == [film["playable_id"]]
    assert told.free_trailers
    assert (await catalog.change(film["id"], free_trailers=False))["free_trailers"] is False
    assert TitleChanged.model_validate((await catalog.events(film["id"]))[-1]).free_trailers is False
    await catalog.edit("DELETE", f"/trailers/{made['id']}")
    assert TitleChanged.model_validate((await catalog.events(film["id"]))[-1]).trailers == ()


async def test_a_newer_upload_replaces_a_trailer_and_an_editor_returns_to_the_older_one(catalog: Catalog) -> None:
    film = await catalog.film()
    path = f"/playables/{(made := await added(catalog, film['id']))['playable_id']}/assets"
    first = await catalog.asset(made["playable_id"])
    second = await catalog.asset(made["playable_id"], minutes=5, duration=40)
    items = (await catalog.edit("GET", path)).json()["items"]
    assert [(item["asset_id"], item["current"]) for item in items] == [(str(second), True), (str(first), False)]
    answer = await catalog.edit("PUT", path.removesuffix("s"), json={"asset_id": str(first)})
    assert [item["asset_id"] for item in answer.json()["items"] if item["current"]] == [str(first)]


async def test_what_cannot_be_done_is_refused(catalog: Catalog) -> None:
    film, other = await catalog.film("One"), await catalog.film("Other")
    made, theirs = await added(catalog, film["id"]), await added(catalog, other["id"])
    nowhere = str(new_id())
    marks = {"credits_start": 3}
    order = {"trailer_ids": [theirs["id"]]}
    for method, path, body, status, code in (
        ("POST", f"/titles/{nowhere}/trailers", {}, 404, "title_not_found"),
        ("GET", f"/titles/{nowhere}/trailers", None, 404, "title_not_found"),
        ("PUT", f"/titles/{film['id']}/trailers/order", order, 404, "trailer_not_found"),
        ("PATCH", f"/trailers/{nowhere}", {"name": "A"}, 404, "trailer_not_found"),
        ("PATCH", f"/trailers/{made['id']}", {"name": None}, 422, "invalid"),
        ("DELETE", f"/trailers/{nowhere}", None, 404, "trailer_not_found"),
        ("PATCH", f"/playables/{made['playable_id']}", marks, 404, "playable_not_found"),
    ):
        answer = await catalog.edit(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), f"{method} {path}"
    for _ in range(9):
        await added(catalog, film["id"])
    answer = await catalog.edit("POST", f"/titles/{film['id']}/trailers", json={})
    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (409, "too_many_trailers", 10)


async def test_one_of_two_who_remove_a_trailer_is_told_it_is_gone(catalog: Catalog) -> None:
    film = await catalog.film()
    made = await added(catalog, film["id"])
    answers = await asyncio.gather(*(catalog.edit("DELETE", f"/trailers/{made['id']}") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]


async def test_the_release_before_goes_on_without_them_and_its_titles_come_back(catalog: Catalog) -> None:
    film = await catalog.film()
    await catalog.asset((await added(catalog, film["id"]))["playable_id"])
    before = "2026_11_26_projections"
    await asyncio.to_thread(migrations.downgrade, "services.catalog", catalog.db.url, before)
    assert len(await catalog.rows("SELECT 1 FROM playables")) == 1, "all that the release before knows of a film"
    await asyncio.to_thread(migrations.upgrade, "services.catalog", catalog.db.url)
    assert await shown(catalog, film["id"]) == []
    await catalog.asset((await added(catalog, film["id"], name="Again"))["playable_id"])
    assert await shown(catalog, film["id"]) == ["Again"]
