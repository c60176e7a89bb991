from __future__ import annotations

import httpx

from services.playback.schemas import PlaySession
from tests.playback.world import World, start


async def test_start(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film()
    answer = await start(client, viewer, playable)
    print(answer.text)
    assert answer.status_code == 201
    PlaySession.model_validate(answer.json())
    print(await world.events())
