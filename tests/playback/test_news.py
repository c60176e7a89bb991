"""A play right after paying or publishing waits a moment for the news of it."""

from __future__ import annotations

import asyncio

import httpx

from libs.chassis.ids import new_id
from libs.chassis.security.tokens import Verifier
from services.playback.main import create_app
from services.playback.settings import Settings
from tests.playback.world import START, World, movie, start


async def test_a_plan_and_a_title_on_their_way_admit_a_play_that_is_already_waiting(
    settings: Settings, verifier: Verifier, world: World
) -> None:
    patient = settings.model_copy(update={"news_patience": 5.0})
    viewer = await world.viewer(streams=0)
    title = movie()
    app = create_app(patient, verifier=verifier)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://playback/api/v1") as client,
    ):
        waiting = asyncio.create_task(start(client, viewer, title.playables[0].id))
        keyed = asyncio.create_task(
            client.post(
                "/playback/sessions",
                json={"playable_id": str(title.playables[0].id)},
                headers={**viewer.headers, "Idempotency-Key": str(new_id())},
            )
        )
        await asyncio.sleep(0)
        await world.tell(title)
        assert not waiting.done()
        await world.tell(world.entitlement(viewer.account_id, 2, valid_until=None))
        assert [(await waiting).status_code, (await keyed).status_code] == [201, 201]


async def test_a_plan_that_was_just_renewed_is_waited_for(settings: Settings, verifier: Verifier, world: World) -> None:
    viewer = await world.viewer(valid_until=START.replace(year=2025))
    playable = await world.film()
    app = create_app(settings.model_copy(update={"news_patience": 5.0}), verifier=verifier)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://playback/api/v1") as client,
    ):
        waiting = asyncio.create_task(start(client, viewer, playable))
        refused, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not refused
        await world.tell(world.entitlement(viewer.account_id, 2))
        assert (await waiting).status_code == 201


async def test_patience_ends(settings: Settings, verifier: Verifier, world: World) -> None:
    app = create_app(settings.model_copy(update={"news_patience": 0.3}), verifier=verifier)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://playback/api/v1") as client,
    ):
        refused = await start(client, await world.viewer(), new_id())
        assert (refused.status_code, refused.json()["code"]) == (404, "playable_not_found")
