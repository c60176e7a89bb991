"""What the gateway decides by an arm is told to events: once, in the viewer's name, of who agreed, when it is used."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.main import create_server
from gateway.settings import GatewaySettings
from libs.chassis.ids import new_id
from libs.chassis.messaging.received import Received
from libs.contracts.assignment import Subject, arm
from libs.contracts.client import SAID
from libs.contracts.experiments import Arm, Audience, ExperimentChanged, FlagChanged
from tests.conftest import AuthHeaders
from tests.gateway.servers import Neighbour, eventually, serving
from tests.gateway.shelves import API, CARDS, FILM, SERIES, Cards, card

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
AGREED = frozenset({"analytics"})
DEW = str(new_id())


class Events(Neighbour):
    """Events: answers with the statuses it is given, then with 202, and knows what it was told by whom."""

    def __init__(self, *statuses: int) -> None:
        super().__init__()
        self.statuses = list(statuses)
        self.told: list[tuple[str, dict[str, Any]]] = []

    async def any(self, request: Request) -> Response:
        body = json.loads(await request.body())
        status = self.statuses.pop(0) if self.statuses else 202
        if status == 202:
            self.told.append((request.headers["authorization"], body))
        return Response(b"{}", status)


class Page:
    """The gateway with its neighbours, asked for first pages."""

    def __init__(self, server: Any, client: httpx.AsyncClient) -> None:
        self.server, self.client = server, client

    async def hear(self, event: FlagChanged | ExperimentChanged) -> None:
        flags = self.server._flags
        hear = flags._flag_changed if isinstance(event, FlagChanged) else flags._experiment_changed
        await hear(Received(new_id(), event.TYPE, NOON, event.key(), event))

    async def hero(self, headers: dict[str, str]) -> str:
        answer = await self.client.get(f"{API}/home", headers=headers)
        assert answer.status_code == 200
        return str(answer.json()["hero"]["title"]["title_id"])


@asynccontextmanager
async def first_page(events: Neighbour, catalog: Neighbour, watchstate: Neighbour, jwks: str) -> AsyncIterator[Page]:
    neighbours = {"catalog": catalog, "watchstate": watchstate, "events": events, "recommendation": picked()}
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(serving(each.app)) for name, each in neighbours.items()}
        server = create_server(GatewaySettings(services=urls, jwks_cache=jwks, row_deadline=5))
        url = await stack.enter_async_context(serving(server))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20, trust_env=False))
        yield Page(server, client)


def picked() -> Neighbour:
    """Recommendation: one title was picked, another is new."""
    rows = [
        {"id": kind, "kind": kind, "reason": {"code": kind, "title_id": None, "title": None, "genre": None},
         "title_ids": titles}
        for kind, titles in (("top_picks", [FILM, SERIES]), ("new", [DEW]), ("top10", [SERIES, FILM]))
    ]  # fmt: skip
    made = {"recommendation_id": str(new_id()), "model": "m1", "personal": True, "rows": rows}
    return Neighbour(answers={f"{API}/recommendations/home": made})


def experiment(version: int, status: Any) -> ExperimentChanged:
    return ExperimentChanged(
        name="home.hero", version=version, status=status, layer="home", first=0, last=999,
        arms=(Arm(name="control"), Arm(name="new")), changed_at=NOON,
    )  # fmt: skip


def somebody_in(arm_name: str) -> UUID:
    """A profile whose arm it is."""
    return next(who for who in iter(new_id, None) if arm(experiment(1, "running"), Subject(who)) == arm_name)


async def test_the_arm_that_makes_the_page_is_told_once_and_no_more_once_it_is_stopped(
    catalog: Cards, watchstate: Neighbour, jwks_cache: str, auth_headers: AuthHeaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CARDS, DEW, card(DEW, "Dew", backdrop_url="/images/dew.webp"))
    # The first time events is away: what was met is told all the same.
    events = Events(503)
    new, control, late = (
        auth_headers(profile_id=somebody_in(each), consents=AGREED) for each in ("new", "control", "new")
    )
    async with first_page(events, catalog, watchstate, jwks_cache) as page:
        assert await page.hero(new) == FILM
        await page.hear(experiment(2, "running"))
        assert [await page.hero(new) for _ in range(3)] == [DEW] * 3
        assert await page.hero(control) == FILM
        await eventually(lambda: is_(len(events.told) == 2))
        said = {authorization: batch["events"] for authorization, batch in events.told}
        assert {who: [(each["experiment"], each["arm"]) for each in told] for who, told in said.items()} == {
            new["Authorization"]: [("home.hero", "new")],
            control["Authorization"]: [("home.hero", "control")],
        }
        # As an app would tell it: events takes it.
        SAID["exposure"].model_validate(events.told[0][1]["events"][0])
        # Stopped, it makes no page from the next one on, and who comes then has met nothing.
        await page.hear(experiment(3, "stopped"))
        assert [await page.hero(new), await page.hero(late)] == [FILM, FILM]
        await page.hear(experiment(4, "running"))
        assert await page.hero(new) == DEW
        await eventually(lambda: is_(len(events.told) == 3))
        authorization, batch = events.told[2]
        assert authorization == new["Authorization"]
        assert batch["events"][0]["id"] != said[authorization][0]["id"]


async def test_of_who_did_not_agree_and_of_children_nothing_is_told(
    catalog: Cards, watchstate: Neighbour, jwks_cache: str, auth_headers: AuthHeaders
) -> None:
    events = Events()
    async with first_page(events, catalog, watchstate, jwks_cache) as page:
        await page.hear(experiment(1, "running"))
        await page.hear(FlagChanged(name="home.trending", version=1, on=True, share=0.5, changed_at=NOON))
        silent: list[dict[str, Any]] = [
            {"consents": None},
            {"consents": frozenset({"personalisation"})},
            {"consents": AGREED, "kids": True},
        ]
        for claims in silent:
            await page.hero(auth_headers(profile_id=new_id(), **claims))
        heard = auth_headers(profile_id=new_id(), consents=AGREED)
        await page.hero(heard)
        # Of a flag that a part has, too, so that the two parts can be compared.
        await eventually(lambda: is_(len(events.told) == 2))
        assert {authorization for authorization, _ in events.told} == {heard["Authorization"]}
        told = {batch["events"][0]["experiment"]: batch["events"][0]["arm"] for _, batch in events.told}
        assert told["flag:home.trending"] in ("on", "off")
        assert told["home.hero"] in ("control", "new")


async def test_who_tells_too_much_holds_up_nobody_and_is_told_of_the_next_time(
    catalog: Cards, watchstate: Neighbour, jwks_cache: str, auth_headers: AuthHeaders
) -> None:
    events = Events(429)
    much, other = (auth_headers(profile_id=new_id(), consents=AGREED) for _ in range(2))
    async with first_page(events, catalog, watchstate, jwks_cache) as page:
        await page.hear(experiment(1, "running"))
        for each in (much, other):
            await page.hero(each)
        await eventually(lambda: is_([who for who, _ in events.told] == [other["Authorization"]]))
        for _ in range(2):
            await page.hero(much)
        await eventually(lambda: is_([who for who, _ in events.told][1:] == [much["Authorization"]]))


async def test_who_could_not_draw_a_flag_is_in_no_part_of_it(
    catalog: Cards, watchstate: Neighbour, jwks_cache: str, auth_headers: AuthHeaders
) -> None:
    events = Events()
    there, here = (auth_headers(profile_id=new_id(), consents=AGREED, country=each) for each in ("US", "DE"))
    german = Audience(countries=("DE",))
    flag = FlagChanged(name="home.trending", version=1, on=True, share=0.5, audience=german, changed_at=NOON)
    async with first_page(events, catalog, watchstate, jwks_cache) as page:
        await page.hear(flag)
        for each in (there, here):
            await page.hero(each)
        await eventually(lambda: is_([who for who, _ in events.told] == [here["Authorization"]]))


async def is_(found: bool) -> bool:
    return found
