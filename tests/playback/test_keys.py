"""Idempotency keys of starts: an admission is kept, a refusal is not."""

from __future__ import annotations

import asyncio

import httpx

from libs.chassis.ids import new_id
from tests.playback.world import SESSIONS, World, start


async def test_an_idempotency_key_admits_once(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film()
    headers = viewer.headers | {"Idempotency-Key": "a-key-of-mine"}
    body = {"playable_id": str(playable)}

    answers = await asyncio.gather(*(client.post(SESSIONS, json=body, headers=headers) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["session_id"] for answer in answers}) == 1
    assert await world.db.pool.fetchval("SELECT count(*) FROM leases") == 1
    other = await client.post(SESSIONS, json={"playable_id": str(new_id())}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    # Somebody else's key of the same name is another key.
    stranger = await world.viewer()
    theirs = await client.post(SESSIONS, json=body, headers=stranger.headers | {"Idempotency-Key": "a-key-of-mine"})
    assert theirs.json()["session_id"] != answers[0].json()["session_id"]


async def test_a_refusal_is_not_kept_under_its_key(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    playable = await world.film()
    held = (await start(client, viewer, playable)).json()
    headers = viewer.headers | {"Idempotency-Key": "a-key-of-mine"}
    refused = await client.post(SESSIONS, json={"playable_id": str(playable)}, headers=headers)
    assert refused.status_code == 409
    # The takeover it offers was committed all the same.
    href = refused.json()["takeover"]["href"].removeprefix("/api/v1")
    await client.delete(f"{SESSIONS}/{held['session_id']}", headers=viewer.headers)
    assert (await client.post(href, headers=viewer.headers)).status_code == 201
    retried = await client.post(SESSIONS, json={"playable_id": str(playable)}, headers=headers)
    assert retried.status_code == 409
    active = (await client.get("/playback/active", headers=viewer.headers)).json()["items"]
    await client.delete(f"/playback/active/{active[0]['session_id']}", headers=viewer.headers)
    retried = await client.post(SESSIONS, json={"playable_id": str(playable)}, headers=headers)
    assert retried.status_code == 201
