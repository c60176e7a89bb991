"""The broker loses all it held: who starts afterwards hears of every flag, experiment and ranking; nothing is counted anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from deploy.local.nodes.tansu import Tansu
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Tail
from libs.chassis.messaging.flags import Flags
from libs.chassis.messaging.received import Received
from libs.contracts.token import Principal
from libs.contracts.trending import WORLD, TrendingChanged
from services.events.main import create_app
from services.events.settings import Settings
from tests.conftest import AuthHeaders
from tests.events.test_experiments import HALVES, Staffed
from tests.events.test_trending import MOSS, ROCK, published, view
from tests.events.test_views import ACCOUNT, PROFILE, Views, views

__all__ = ["views"]

IRIS = Principal(account_id=ACCOUNT, session_id=PROFILE, profile_id=PROFILE)
FLAG = "home.trending"


class Follower:
    """A process that follows what is switched, tried out and watched most."""

    def __init__(self, broker: Tansu) -> None:
        self.bus = Bus(broker.bootstrap, service="follower", forgets=True)
        self.flags = Flags()
        self.ranked: dict[str, list[Any]] = {}
        self.components = [
            self.bus,
            self.flags.follow(self.bus),
            Tail("ranked", self.bus, {TrendingChanged: self._hear}),
        ]

    async def _hear(self, event: Received[TrendingChanged]) -> None:
        self.ranked[event.data.region] = [item.title_id for item in event.data.titles]

    def knows(self, *, on: bool) -> bool:
        """Whether it has heard everything: the flag as it is, the experiment that runs, and both titles in their order."""
        known = self.flags.is_on(FLAG, IRIS, default=not on) is on and self.flags.arm("cards", IRIS) is not None
        return known and self.ranked.get(WORLD) == [ROCK, MOSS]


@asynccontextmanager
async def following(broker: Tansu) -> AsyncIterator[Follower]:
    made = Follower(broker)
    for component in made.components:
        await component.start()
    try:
        yield made
    finally:
        for component in reversed(made.components):
            await component.stop()


async def until_it_knows(follower: Follower, *, on: bool) -> None:
    async with asyncio.timeout(60):
        while not follower.knows(on=on):  # noqa: ASYNC110  (a process that follows tells nobody what it heard)
            await asyncio.sleep(0.05)


async def test_flags_experiments_and_rankings_are_there_again(
    views: Views, fresh_broker: Tansu, jwks_cache: str, auth_headers: AuthHeaders
) -> None:
    for title in (MOSS, ROCK, ROCK):
        await view(views, title)
    first = await published(views)
    told: dict[str, Any] = {"kafka_bootstrap": fresh_broker.bootstrap, "kafka_forgets": True, "jwks_cache": jwks_cache}
    app = create_app(Settings(database_url=views.db.url, **told), clock=views.clock)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://e") as client,
        following(fresh_broker) as before,
    ):
        staff = Staffed(client, auth_headers)
        await staff.ask("PUT", f"/flags/{FLAG}", body={"on": False})
        await staff.ask("PUT", "/experiments/cards", body=HALVES)
        await staff.ask("POST", "/experiments/cards/start")
        await until_it_knows(before, on=False)
        arm = before.flags.arm("cards", IRIS)

        await asyncio.to_thread(fresh_broker.kill)
        assert before.knows(on=False)
        await asyncio.to_thread(fresh_broker.start)
        async with following(fresh_broker) as after:
            await until_it_knows(after, on=False)
            assert after.flags.arm("cards", IRIS) == arm
            assert after.flags.version == before.flags.version
            # What is switched from now on reaches who was there before, too.
            await staff.ask("PUT", f"/flags/{FLAG}", body={"on": True})
            await until_it_knows(before, on=True)
            await until_it_knows(after, on=True)
    assert await published(views) == first
    assert [(title, count) for title, count in first[WORLD]] == [(ROCK, 2), (MOSS, 1)]
