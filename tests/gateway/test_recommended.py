"""Rows that are recommended stand on the first page as recommendation says, or something says what stands in for them."""

from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.responses import JSONResponse

from libs.chassis.ids import new_id
from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, serving
from tests.gateway.shelves import (
    API,
    CARDS,
    COLLECTION,
    FILM,
    RECOMMENDED,
    SERIES,
    Cards,
)

DEGRADED = "bijou_gateway_degraded_total"
SIMILAR = "recommendation similar"


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


async def test_rows_stand_in_the_order_that_this_profile_uses_and_say_what_put_them_there(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    def answer(**worth: float) -> dict[str, Any]:
        told = {**RECOMMENDED["rows"][0], "worth": 0.2}
        return {**RECOMMENDED, "rows": [told], "worth": worth, "fits": {}}

    orders = []
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=5) as client,
    ):
        for worth in ({"continue_watching": 0.3, "my_list": 0.1}, {"continue_watching": 0.1, "my_list": 0.5}):
            recommendation.answers[f"{API}/recommendations/home"] = answer(collection=0.15, top_rated=0.01, **worth)
            page = (await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))).json()
            orders.append([row["kind"] for row in page["rows"]])
            told = {(row["model"], row["recommendation_id"]) for row in page["rows"]}
            assert told == {("m1", RECOMMENDED["recommendation_id"])}
            assert all(row["experiments"] == {} for row in page["rows"])
    assert orders[0][:4] == ["arrived", "continue_watching", "because_watched", "collection"]
    assert orders[1][:4] == ["arrived", "my_list", "because_watched", "collection"]


async def test_a_row_that_editors_made_stands_higher_where_its_genres_fit(
    start: Start, catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, auth_headers: AuthHeaders
) -> None:
    told = {**RECOMMENDED["rows"][0], "worth": 0.2}
    worth = {"continue_watching": 0.3, "my_list": 0.1, "collection": 0.16, "top_rated": 0.01}
    places = []
    async with (
        serving(catalog.app) as one,
        serving(watchstate.app) as two,
        serving(recommendation.app) as three,
        start({"catalog": one, "watchstate": two, "recommendation": three}, row_deadline=5) as client,
    ):
        for fits in ({"drama": 1.5}, {"drama": 0.75}):
            body = {**RECOMMENDED, "rows": [told], "worth": worth, "fits": fits}
            recommendation.answers[f"{API}/recommendations/home"] = body
            page = (await client.get(f"{API}/home", headers=auth_headers(profile_id=new_id()))).json()
            kinds = [row["kind"] for row in page["rows"]]
            places.append(kinds.index("collection") - kinds.index("because_watched"))
    assert places[0] < 0 < places[1]
