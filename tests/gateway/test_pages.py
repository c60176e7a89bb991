"""Home and title pages come in time and whole, or say what is missing and what stands in for it."""

import asyncio
from uuid import UUID

import httpx
import pytest
from starlette.responses import JSONResponse

from libs.chassis.ids import new_id
from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, free_port, serving
from tests.gateway.shelves import (
    API,
    COLLECTION,
    EPISODE,
    FILM,
    FILM_PLAYABLE,
    HIDDEN,
    SERIES,
    Cards,
)


async def seconds(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> tuple[httpx.Response, float]:
    loop = asyncio.get_running_loop()
    started = loop.time()
    answer = await client.get(API + path, headers=headers)
    return answer, loop.time() - started


async def test_home_is_one_call(start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders) -> None:
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as other,
        start({"catalog": one, "watchstate": other}, row_deadline=5) as client,
    ):
        answer = await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))

    assert answer.status_code == 200
    page = answer.json()
    rows = {row["id"]: row for row in page["rows"]}
    made = f"collection-{COLLECTION}"
    assert list(rows) == ["arrived", "continue-watching", "my-list", made, "trending", "new", "genre-drama"]
    assert [item["title_id"] for item in rows["arrived"]["items"]] == [SERIES]  # what is still awaited is no news
    assert (rows[made]["name"], rows[made]["kind"], rows[made]["collection_id"]) == (
        "By the sea",
        "collection",
        COLLECTION,
    )
    # Nothing is recommended here: what everybody watches stands in for it, and says so.
    assert {name: row["fallback"] for name, row in rows.items() if row["degraded"]} == {"trending": "trending"}
    assert len({UUID(row["impression_id"]) for row in rows.values()}) == 7
    (viewing,) = rows["continue-watching"]["items"]  # what the profile may not see is left out
    assert (viewing["name"], viewing["playable_id"], viewing["progress"]) == ("Moss", EPISODE, 0.25)
    assert viewing["episode_name"] == "Rain"
    assert [item["title_id"] for item in rows["my-list"]["items"]] == [FILM]
    assert [item["availability"] for item in rows["new"]["items"]] == ["listed", "playable", "playable"]
    hero = page["hero"]["title"]  # what nobody can play yet does not open the page
    assert (hero["id"], hero["description"], hero["in_my_list"]) == (FILM, "A cook and a lighthouse.", True)


DEGRADED = "bijou_gateway_degraded_total"


@pytest.mark.parametrize("hanging", ["watchstate", "catalog", "both"])
async def test_a_neighbour_that_hangs_costs_its_rows_only(
    start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders, hanging: str
) -> None:
    for name, service in (("catalog", catalog), ("watchstate", watchstate)):
        if hanging in (name, "both"):
            service.held.add("*")
    deadline = 1.5
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as other,
        start({"catalog": one, "watchstate": other}, row_deadline=deadline) as client,
    ):
        answer, took = await seconds(client, "/home", auth_headers(profile_id=new_id()))
        catalog.release.set()
        watchstate.release.set()

    assert answer.status_code == 200
    # Twice the deadline by construction; the neighbours hang for good, so anything else would never end.
    assert took < 10
    rows = {row["id"]: row for row in answer.json()["rows"]}
    degraded = {name: row["fallback"] for name, row in rows.items() if row["degraded"]}
    expected = {
        "watchstate": {"continue-watching": "empty", "my-list": "empty", "trending": "trending"},
        "catalog": {
            "continue-watching": "as_last_seen",
            "my-list": "empty",
            "trending": "empty",
            "new": "empty",
            "top-rated": "empty",
        },
        "both": dict.fromkeys(("continue-watching", "my-list", "trending", "new", "top-rated"), "empty"),
    }
    assert degraded == expected[hanging]
    if hanging == "catalog":
        assert rows["continue-watching"]["items"][0]["name"] == "Moss (as last seen)"
    else:
        assert (answer.json()["hero"] is None) == (hanging == "both")


async def test_the_last_good_rows_stand_in_for_a_neighbour_that_stopped_answering(
    start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders
) -> None:
    profile = new_id()
    mine = auth_headers(profile_id=profile)
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as other,
        start({"catalog": one, "watchstate": other}, row_deadline=0.5, catalog_fresh=0) as client,
    ):
        first = (await client.get(f"{API}/home", headers=mine)).json()
        catalog.held.add("*")
        watchstate.held.add("*")
        second = (await client.get(f"{API}/home", headers=mine)).json()
        other_profile = (await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))).json()
        child = (await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id(), maturity=7))).json()
        lowered = (await client.get(f"{API}/home", headers=auth_headers(profile_id=profile, maturity=7))).json()
        catalog.release.set()
        watchstate.release.set()

    assert [(row["id"], row["items"]) for row in second["rows"]] == [(r["id"], r["items"]) for r in first["rows"]]
    assert {row["fallback"] for row in second["rows"]} == {"last_good"}
    # Nobody gets another profile's rows, nor rows chosen for another age.
    personal = [row for row in other_profile["rows"] if row["kind"] in ("arrived", "continue_watching", "my_list")]
    assert [row["items"] for row in personal] == [[], []]
    for page in (child, lowered):
        assert [row["items"] for row in page["rows"]] == [[]] * len(page["rows"])


async def test_home_outlives_services_that_are_down(start: Start, auth_headers: AuthHeaders) -> None:
    gone = {name: f"http://127.0.0.1:{free_port()}" for name in ("catalog", "watchstate")}
    async with start(gone) as client:
        answer = await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))

    assert answer.status_code == 200
    assert answer.json()["hero"] is None
    assert all(row["degraded"] and row["fallback"] == "empty" for row in answer.json()["rows"])


async def test_a_title_with_what_its_viewer_did(
    start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders
) -> None:
    headers = auth_headers(profile_id=new_id())
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as other,
        start({"catalog": one, "watchstate": other}, row_deadline=5) as client,
    ):
        answer = await client.get(f"{API}/titles/{FILM}", headers=headers)
        tag = answer.headers["etag"]
        same = await client.get(f"{API}/titles/{FILM}", headers={**headers, "If-None-Match": f"W/{tag}"})
        watchstate.answers[f"{API}/me/list/contains"] = {"title_ids": []}
        changed = await client.get(f"{API}/titles/{FILM}", headers={**headers, "If-None-Match": tag})
        episodes = await client.get(f"{API}/titles/{SERIES}/seasons/1/episodes", headers=headers)

    page = answer.json()
    assert (page["name"], page["in_my_list"], page["my_rating"], page["degraded"]) == ("Salt", True, 5, [])
    assert (page["resume"]["playable_id"], page["resume"]["position"]) == (FILM_PLAYABLE, 61.5)
    assert (same.status_code, same.content) == (304, b"")
    assert (changed.status_code, changed.json()["in_my_list"]) == (200, False)
    rain, fog = episodes.json()["items"]
    assert (rain["resume"]["position"], fog["resume"]) == (30.0, None)


@pytest.mark.parametrize("path", ["/home", f"/titles/{FILM}", "/openapi.json"])
async def test_a_page_has_a_head(
    start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders, path: str
) -> None:
    headers = auth_headers(profile_id=new_id())
    async with (
        serving(catalog.app) as catalog_url,
        serving(watchstate.app) as watchstate_url,
        start({"catalog": catalog_url, "watchstate": watchstate_url}) as client,
    ):
        whole = await client.get(API + path, headers=headers)
        head = await client.head(API + path, headers=headers)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "cache-control"):
        assert head.headers[name] == whole.headers[name]
    assert head.headers.get("etag") == whole.headers.get("etag")


async def test_a_title_without_watchstate_says_what_is_missing(
    start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders
) -> None:
    watchstate.held.add("*")
    headers = auth_headers(profile_id=new_id())
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as other,
        start({"catalog": one, "watchstate": other}, row_deadline=0.3) as client,
    ):
        answer = await client.get(f"{API}/titles/{FILM}", headers=headers)
        episodes = await client.get(f"{API}/titles/{SERIES}/seasons/1/episodes", headers=headers)
        watchstate.release.set()

    page = answer.json()
    assert answer.status_code == 200
    assert (page["name"], page["in_my_list"], page["resume"]) == ("Salt", None, None)
    assert page["degraded"] == ["in_my_list", "resume"]
    assert "etag" not in answer.headers
    assert [e["resume"] for e in episodes.json()["items"]] == [None, None]
    assert episodes.json()["degraded"] == ["resume"]


async def test_what_catalog_refuses_is_passed_on(
    start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders
) -> None:
    refusal = {"code": "title_not_found", "status": 404, "detail": "There is no such title here."}
    catalog.answers[f"{API}/titles/{HIDDEN}"] = JSONResponse(refusal, 404, media_type="application/problem+json")
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as other,
        start({"catalog": one, "watchstate": other}) as client,
    ):
        answer = await client.get(f"{API}/titles/{HIDDEN}", headers=auth_headers(profile_id=new_id()))

    assert (answer.status_code, answer.json()) == (404, refusal)
    assert answer.headers["content-type"] == "application/problem+json"
