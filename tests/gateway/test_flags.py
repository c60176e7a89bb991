"""What is switched off is off in what the gateway composes, and every answer says which version holds."""

from datetime import UTC, datetime

import httpx
import pytest

from gateway.main import create_server
from gateway.settings import GatewaySettings
from libs.chassis.ids import new_id
from libs.chassis.messaging.received import Received
from libs.contracts.experiments import Arm, ExperimentChanged, FlagChanged
from tests.conftest import AuthHeaders
from tests.gateway.servers import Neighbour, serving
from tests.gateway.shelves import API, CARDS, FILM, RECOMMENDED, SERIES, Cards

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


async def test_a_row_is_switched_off_and_every_answer_names_what_holds(
    catalog: Cards, watchstate: Neighbour, jwks_cache: str, auth_headers: AuthHeaders
) -> None:
    mine = auth_headers(profile_id=new_id())
    async with serving(catalog.app) as one, serving(watchstate.app) as other:
        server = create_server(
            GatewaySettings(services={"catalog": one, "watchstate": other}, jwks_cache=jwks_cache, row_deadline=5)
        )
        async with serving(server) as url, httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
            before = await client.get(f"{API}/home", headers=mine)
            assert "trending" in {row["id"] for row in before.json()["rows"]}
            off = FlagChanged(name="home.trending", version=1, on=False, changed_at=NOON)
            await server._flags._flag_changed(Received(new_id(), off.TYPE, NOON, off.key(), off))
            after = await client.get(f"{API}/home", headers=mine)
            assert "trending" not in {row["id"] for row in after.json()["rows"]}
            passed_on = await client.get(f"{API}/titles/new", headers=mine)
            refused = await client.get(f"{API}/titles/new")
    names = [answer.headers["bijou-experiments"] for answer in (before, after, passed_on, refused)]
    assert names[0] != names[1]
    assert names[1:] == [server._flags.version] * 3
    assert (passed_on.status_code, refused.status_code) == (200, 401)


async def test_rows_say_which_arms_the_page_was_made_under(
    catalog: Cards, watchstate: Neighbour, recommendation: Neighbour, jwks_cache: str, auth_headers: AuthHeaders
) -> None:
    worth = {"continue_watching": 0.01, "my_list": 0.5, "collection": 0.16, "top_rated": 0.01}
    told = {**RECOMMENDED["rows"][0], "worth": 0.2}
    recommendation.answers[f"{API}/recommendations/home"] = {**RECOMMENDED, "rows": [told], "worth": worth}
    mine = auth_headers(profile_id=new_id())
    async with serving(catalog.app) as one, serving(watchstate.app) as two, serving(recommendation.app) as three:
        neighbours = {"catalog": one, "watchstate": two, "recommendation": three}
        server = create_server(GatewaySettings(services=neighbours, jwks_cache=jwks_cache, row_deadline=5))
        async with serving(server) as url, httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
            before = (await client.get(f"{API}/home", headers=mine)).json()["rows"]
            arms = (Arm(name="fixed"),)
            made = ExperimentChanged(
                name="home.order", version=1, status="running", layer="home", first=0, last=999, arms=arms,
                changed_at=NOON,
            )  # fmt: skip
            await server._flags._experiment_changed(Received(new_id(), made.TYPE, NOON, made.key(), made))
            after = (await client.get(f"{API}/home", headers=mine)).json()["rows"]
    assert [row["kind"] for row in before][:2] == ["arrived", "my_list"]
    assert [row["kind"] for row in after][:2] == ["arrived", "continue_watching"]
    assert all(row["experiments"] == {} for row in before)
    assert all(row["experiments"] == {"home.order": "fixed"} for row in after)


async def test_a_poster_is_drawn_where_it_is_switched_on_and_said_to_be(
    catalog: Cards,
    watchstate: Neighbour,
    recommendation: Neighbour,
    jwks_cache: str,
    auth_headers: AuthHeaders,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second = {"url": "/images/second.webp", "srcset": "/images/second.webp 320w"}
    gone = {"name": "poster_3", "chance": 0.5, "context": "drama"}
    drawn = {"name": "poster_2", "chance": 0.95, "context": "drama"}
    told = {**RECOMMENDED, "pictures": {FILM: drawn, SERIES: gone}}
    recommendation.answers[f"{API}/recommendations/home"] = told
    for each in (FILM, SERIES):
        monkeypatch.setitem(CARDS, each, {**CARDS[each], "other_posters": {"poster_2": second}})
    mine = auth_headers(profile_id=new_id())
    pages = []
    async with serving(catalog.app) as one, serving(watchstate.app) as two, serving(recommendation.app) as three:
        neighbours = {"catalog": one, "watchstate": two, "recommendation": three}
        server = create_server(GatewaySettings(services=neighbours, jwks_cache=jwks_cache, row_deadline=5))
        async with serving(server) as url, httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
            for made in (
                None,
                ExperimentChanged(
                    name="home.artwork", version=1, status="running", layer="art", first=0, last=999,
                    arms=(Arm(name="explore"),), changed_at=NOON,
                ),
                FlagChanged(name="home.artwork", version=1, on=True, changed_at=NOON),
            ):  # fmt: skip
                if isinstance(made, ExperimentChanged):
                    await server._flags._experiment_changed(Received(new_id(), made.TYPE, NOON, made.key(), made))
                elif made is not None:
                    server._flags._experiments.clear()
                    await server._flags._flag_changed(Received(new_id(), made.TYPE, NOON, made.key(), made))
                pages.append((await client.get(f"{API}/home", headers=mine)).json())
    asked = [request.url.query for request in recommendation.seen if request.url.path.endswith("/home")]
    assert asked == ["", "pictures=explore", "pictures=chosen"]
    for page in pages[1:]:
        row = next(row for row in page["rows"] if row["kind"] == "because_watched")
        items = {item["title_id"]: item for item in row["items"]}
        assert (items[FILM]["poster_url"], items[FILM]["poster_srcset"]) == tuple(second.values())
        assert items[FILM]["picture"] == drawn
        # One that is there no more is not said to have been shown.
        assert (items[SERIES]["poster_url"], items[SERIES]["picture"]) == (CARDS[SERIES]["poster_url"], None)
