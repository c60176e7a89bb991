"""Home and title pages come in time and whole, or say what is missing and what stands in for it."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.responses import JSONResponse

from libs.chassis.ids import new_id
from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, free_port, serving

API = "/api/v1"
# The same in every process that collects these tests, whose names hold it.
FILM = "01900000-0000-7000-8000-000000000001"
COLLECTION = str(new_id())
SERIES, HIDDEN, LISTED = (str(new_id()) for _ in range(3))
EPISODE, FILM_PLAYABLE = str(new_id()), str(new_id())


def card(title_id: str, name: str, kind: str = "movie", **more: Any) -> dict[str, Any]:
    return {
        "title_id": title_id,
        "name": name,
        "type": kind,
        "description": "A cook and a lighthouse.",
        "year": 2026,
        "maturity": 12,
        "genres": ["drama"],
        "runtime": 5400,
        "playable_id": FILM_PLAYABLE if kind == "movie" else None,
        "poster_url": f"/images/{title_id}/poster.webp",
        "poster_srcset": None,
        "backdrop_url": None,
        "backdrop_srcset": None,
        "logo_url": None,
        "color": "#112233",
        **more,
    }


CARDS = {
    FILM: card(FILM, "Salt", backdrop_url="/images/backdrop.webp"),
    SERIES: card(SERIES, "Moss", "series"),
    LISTED: card(LISTED, "Fog", backdrop_url="/images/fog.webp", availability="listed", playable_id=None),
}
DETAILS = {
    "id": FILM,
    "slug": "salt",
    "type": "movie",
    "name": "Salt",
    "description": "A cook and a lighthouse.",
    "year": 2026,
    "genres": ["drama"],
    "cast": ["Ada"],
    "directors": [],
    "tags": [],
    "language": "en",
    "country": "FR",
    "maturity": 12,
    "runtime": 5400,
    "rating": {"average": 4.5, "count": 6},
    "my_rating": 5,
    "playable_id": FILM_PLAYABLE,
    "seasons": None,
    "artwork": {"poster": "/images/p.webp", "backdrop": None, "logo": None, "color": "#000000"},
    "published_at": "2026-11-20T12:00:00Z",
}
VIEWING = {
    "title_id": SERIES,
    "playable_id": EPISODE,
    "position": 30.0,
    "duration": 120.0,
    "progress": 0.25,
    "updated_at": "2026-11-20T12:00:00Z",
    "name": "Moss (as last seen)",
    "type": "series",
    "poster_url": "/images/old.webp",
    "season_number": 1,
    "episode_number": 2,
    "episode_name": "Rain",
}


class Cards(Neighbour):
    """Catalog: answers `/titles/cards` with the cards that were asked for, in that order."""

    async def any(self, request: Any) -> Any:
        if request.url.path == f"{API}/titles/cards" and request.url.path not in self.held and "*" not in self.held:
            ids = request.query_params["ids"].split(",")
            return JSONResponse({"items": [CARDS[i] for i in ids if i in CARDS]})
        return await super().any(request)


@pytest.fixture
def catalog() -> Cards:
    return Cards(
        answers={
            f"{API}/titles/new": {"items": [CARDS[LISTED], CARDS[SERIES], CARDS[FILM]], "next_cursor": None},
            f"{API}/titles/trending": {"items": [CARDS[SERIES], CARDS[FILM]]},
            f"{API}/titles/top-rated": {"items": []},
            f"{API}/collections": {
                "items": [{"id": COLLECTION, "name": "By the sea", "description": "", "items": [CARDS[FILM]]}]
            },
            f"{API}/genres": {
                "items": [{"id": "drama", "name": "Drama", "titles": 2}, {"id": "heist", "name": "Heist", "titles": 1}]
            },
            f"{API}/titles": {"items": [CARDS[FILM], CARDS[SERIES]], "next_cursor": None},
            f"{API}/titles/{FILM}": DETAILS,
            f"{API}/titles/{SERIES}/seasons/1/episodes": {
                "items": [
                    {"id": str(new_id()), "number": 2, "name": "Rain", "playable_id": EPISODE, "runtime": 120},
                    {"id": str(new_id()), "number": 3, "name": "Fog", "playable_id": str(new_id()), "runtime": 120},
                ]
            },
        }
    )


@pytest.fixture
def watchstate() -> Neighbour:
    return Neighbour(
        answers={
            f"{API}/me/continue-watching": {"items": [VIEWING, {**VIEWING, "title_id": HIDDEN}]},
            f"{API}/me/reminders": {
                "items": [
                    {"title_id": SERIES, "arrived_at": "2026-11-26T09:00:04Z"},
                    {"title_id": LISTED, "arrived_at": None},
                ]
            },
            f"{API}/me/list": {"items": [{"title_id": FILM}, {"title_id": HIDDEN}], "next_cursor": None},
            f"{API}/me/list/contains": {"title_ids": [FILM]},
            f"{API}/me/resume": {
                "items": [{"title_id": FILM, "playable_id": FILM_PLAYABLE, "position": 61.5, "duration": 5400.0}]
            },
            f"{API}/me/resume/playables": {"items": [{"playable_id": EPISODE, "position": 30.0, "duration": 120.0}]},
        }
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
SIMILAR = "recommendation similar"
RECOMMENDED: dict[str, Any] = {
    "recommendation_id": str(new_id()),
    "model": "m1",
    "personal": True,
    "rows": [
        {
            "id": f"because-{SERIES}",
            "kind": "because_watched",
            "reason": {"code": "because_watched", "title_id": SERIES, "title": "Moss", "genre": None},
            "title_ids": [SERIES, HIDDEN, FILM],
        },
        {
            "id": "top10",
            "kind": "top10",
            "reason": {"code": "top10", "title_id": None, "title": None, "genre": None},
            "title_ids": [HIDDEN, FILM],
        },
        {  # what may not be seen is not named either
            "id": f"because-{HIDDEN}",
            "kind": "because_watched",
            "reason": {"code": "because_watched", "title_id": HIDDEN, "title": "Hidden", "genre": None},
            "title_ids": [SERIES, FILM],
        },
    ],
}


@pytest.fixture
def recommendation() -> Neighbour:
    return Neighbour(
        answers={
            f"{API}/recommendations/home": RECOMMENDED,
            f"{API}/recommendations/titles/{FILM}/similar": {**RECOMMENDED, "title_ids": [HIDDEN, SERIES]},
        }
    )


async def test_recommended_rows_are_shown_with_their_reasons_and_without_what_is_hidden(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=5) as client,
    ):
        mine = auth_headers(profile_id=new_id())
        page = (await client.get(f"{API}/home", headers=mine)).json()
        similar = (await client.get(f"{API}/titles/{FILM}/similar", headers=mine)).json()
    (row,) = [row for row in page["rows"] if row["reason"]]  # one title alone makes no row
    assert (row["name"], row["degraded"], row["fallback"]) == ("Because you watched Moss", False, None)
    assert row["reason"] == RECOMMENDED["rows"][0]["reason"]
    assert (row["recommendation_id"], row["model"]) == (RECOMMENDED["recommendation_id"], "m1")
    assert [item["title_id"] for item in row["items"]] == [SERIES, FILM]
    assert not {"trending", "new"} & {row["id"] for row in page["rows"]}
    assert [item["title_id"] for item in similar["items"]] == [SERIES]
    assert (similar["recommendation_id"], similar["fallback"]) == (RECOMMENDED["recommendation_id"], None)


@pytest.mark.parametrize(
    ("answer", "recommended"),
    [
        (
            [*RECOMMENDED["rows"], {"id": "moods", "kind": "mood", "reason": {"code": "mood"}, "title_ids": [FILM]}],
            True,
        ),
        (
            [
                *RECOMMENDED["rows"],
                {"id": "genre", "kind": "genre", "reason": {"code": "genre"}, "title_ids": [FILM, SERIES]},
            ],
            True,
        ),
        ([*RECOMMENDED["rows"], {"kind": "new"}, None, 7], True),
        ("no rows", False),
    ],
    ids=["a kind from tomorrow", "a genre without a name", "no row", "no list"],
)
async def test_what_cannot_be_understood_costs_itself_alone(
    start: Start,
    catalog: Cards,
    watchstate: Neighbour,
    recommendation: Neighbour,
    auth_headers: AuthHeaders,
    answer: Any,
    recommended: bool,
) -> None:
    recommendation.answers[f"{API}/recommendations/home"] = {**RECOMMENDED, "rows": answer}
    recommendation.answers[f"{API}/recommendations/titles/{FILM}/similar"] = {"title_ids": "none"}
    catalog.answers[f"{API}/titles/{FILM}/similar"] = {"items": [CARDS[SERIES]]}
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=5) as client,
    ):
        mine = auth_headers(profile_id=new_id())
        page = await client.get(f"{API}/home", headers=mine)
        similar = await client.get(f"{API}/titles/{FILM}/similar", headers=mine)
    assert (page.status_code, similar.status_code) == (200, 200)
    rows = {row["id"]: row for row in page.json()["rows"]}
    assert (f"because-{SERIES}" in rows) == recommended
    assert ("trending" in rows) == (not recommended)
    assert similar.json()["fallback"] == "catalog"


async def test_what_a_profile_does_not_want_stands_in_for_nothing(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    recommendation.answers[f"{API}/recommendations/home"] = {**RECOMMENDED, "unwanted": [FILM]}
    catalog.held.add(f"{API}/titles/cards")
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=1) as client,
    ):
        page = (await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))).json()
        catalog.release.set()
    rows = {row["id"]: [item["title_id"] for item in row["items"]] for row in page["rows"]}
    assert rows["trending"] == [SERIES]
    assert FILM not in {title_id for titles in rows.values() for title_id in titles}
    assert page["hero"]["title"]["id"] != FILM


async def test_what_a_profile_does_not_want_is_in_no_row_but_its_own(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    recommendation.answers[f"{API}/recommendations/home"] = {**RECOMMENDED, "unwanted": [FILM]}
    catalog.answers[f"{API}/titles/top-rated"] = {"items": [CARDS[FILM], CARDS[SERIES]]}
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=5) as client,
    ):
        page = (await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))).json()
    rows = {row["id"]: [item["title_id"] for item in row["items"]] for row in page["rows"]}
    assert f"collection-{COLLECTION}" not in rows
    assert rows["top-rated"] == [SERIES]
    assert rows["my-list"] == [FILM]
    assert page["hero"]["title"]["id"] != FILM


async def test_a_title_that_is_named_as_a_reason_is_named_as_its_card_is(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    told = {"code": "because_watched", "title_id": SERIES, "title": "In another language", "genre": None}
    row = {**RECOMMENDED["rows"][0], "reason": told}
    recommendation.answers[f"{API}/recommendations/home"] = {**RECOMMENDED, "rows": [row]}
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=5) as client,
    ):
        page = (await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))).json()
    (shown,) = [row for row in page["rows"] if row["reason"]]
    assert (shown["name"], shown["reason"]["title"]) == ("Because you watched Moss", "Moss")


async def test_no_recommendation_of_before_stands_in_for_one(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    mine = auth_headers(profile_id=new_id())
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=5) as client,
    ):
        before = await client.get(f"{API}/home", headers=mine)
        assert f"because-{SERIES}" in {row["id"] for row in before.json()["rows"]}
        assert (await client.get(f"{API}/titles/{FILM}/similar", headers=mine)).status_code == 200
        # The title is withdrawn, and the taste forgotten; then nobody answers any more.
        degraded = REGISTRY.get_sample_value(DEGRADED, {"source": SIMILAR}) or 0
        recommendation.answers.clear()
        recommendation.answers[f"{API}/recommendations/titles/{FILM}/similar"] = JSONResponse({}, 404)
        catalog.answers[f"{API}/titles/{FILM}/similar"] = JSONResponse({"code": "title_not_found"}, 404)
        similar = await client.get(f"{API}/titles/{FILM}/similar", headers=mine)
        after = await client.get(f"{API}/home", headers=mine)
    assert similar.status_code == 404
    # That there is no such title is an answer.
    assert (REGISTRY.get_sample_value(DEGRADED, {"source": SIMILAR}) or 0) == degraded
    assert f"because-{SERIES}" not in {row["id"] for row in after.json()["rows"]}
    assert "trending" in {row["id"] for row in after.json()["rows"]}


async def test_recommendations_that_hang_cost_nobody_the_page(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    recommendation.held.add("*")
    catalog.answers[f"{API}/titles/{FILM}/similar"] = {"items": [CARDS[SERIES]]}
    mine = auth_headers(profile_id=new_id())
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=0.5) as client,
    ):
        answer = await client.get(f"{API}/home", headers=mine)
        similar = await client.get(f"{API}/titles/{FILM}/similar", headers=mine)
        recommendation.release.set()
    assert (answer.status_code, similar.status_code) == (200, 200)
    rows = {row["id"]: row for row in answer.json()["rows"]}
    assert (rows["trending"]["degraded"], rows["trending"]["fallback"]) == (True, "trending")
    assert [item["title_id"] for item in rows["trending"]["items"]] == [SERIES, FILM]
    assert {"new", "genre-drama"} <= set(rows)
    assert (similar.json()["fallback"], similar.json()["items"][0]["title_id"]) == ("catalog", SERIES)


@pytest.mark.parametrize("hanging", ["watchstate", "catalog", "both"])
async def test_a_neighbour_that_hangs_costs_its_rows_only(
    start: Start, catalog: Cards, watchstate: Neighbour, auth_headers: AuthHeaders, hanging: str
) -> None:
    for name, service in (("catalog", catalog), ("watchstate", watchstate)):
        if hanging in (name, "both"):
            service.held.add("*")
    deadline = 0.5
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
