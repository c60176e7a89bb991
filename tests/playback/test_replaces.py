"""Nobody is in their own way: a start may replace a session of its sign-in, and a play may be left before its answer."""

from __future__ import annotations

import asyncio

import httpx

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.contracts.playback import LeaseChanged, SessionEnded
from tests.playback.world import SESSIONS, World, beat, start


async def test_the_next_episode_takes_the_place_of_the_one_before(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    first, second = await world.film(), await world.film()
    before = (await start(client, viewer, first)).json()
    await beat(client, viewer, before, 1, 590)

    after = await start(client, viewer, second, replaces=before["session_id"])

    assert after.status_code == 201
    active = (await client.get("/playback/active", headers=viewer.headers)).json()["items"]
    assert [item["session_id"] for item in active] == [after.json()["session_id"]]
    # A heartbeat and an end that were on their way come late, and disturb nobody.
    lost = await beat(client, viewer, before, 2, 595)
    assert (lost.status_code, lost.json()["code"], lost.json()["reason"]) == (410, "lease_lost", "replaced")
    path = f"{SESSIONS}/{before['session_id']}"
    assert (await client.delete(path, headers=viewer.headers, params={"position": 596})).status_code == 204
    assert (await beat(client, viewer, after.json(), 1, 1)).status_code == 200
    (ended,) = await world.events(SessionEnded)
    assert (str(ended.session_id), ended.code, ended.position) == (before["session_id"], "replaced", 590)
    assert [event.change for event in await world.events(LeaseChanged)] == ["acquired", "released", "acquired"]


async def test_25_episodes_in_a_row_on_one_screen(client: httpx.AsyncClient, world: World) -> None:
    """Whichever of the last end and the next start arrives first."""
    viewer = await world.viewer(streams=1)
    playable = await world.film()
    session = (await start(client, viewer, playable)).json()
    for number in range(25):
        path = f"{SESSIONS}/{session['session_id']}"
        ending = client.delete(path, headers=viewer.headers, params={"position": number})
        _, started = await asyncio.gather(ending, start(client, viewer, playable, replaces=session["session_id"]))
        assert started.status_code == 201
        session = started.json()
    assert await world.db.pool.fetchval("SELECT count(*) FROM leases") == 1


async def test_only_a_live_session_of_the_same_sign_in_is_replaced(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer, stranger = await world.viewer(streams=2), await world.viewer()
    playable = await world.film()
    theirs = (await start(client, stranger, playable)).json()
    sibling = world.signed_in(viewer.account_id, viewer.profile_id, viewer.device_id)
    siblings = (await start(client, sibling, playable)).json()
    mine = (await start(client, viewer, playable)).json()
    for other in (theirs["session_id"], siblings["session_id"], str(new_id())):
        assert (await start(client, viewer, playable, replaces=other)).status_code == 409
    assert (await beat(client, stranger, theirs, 1, 1)).status_code == 200
    assert (await beat(client, sibling, siblings, 1, 1)).status_code == 200
    assert (await beat(client, viewer, mine, 1, 1)).status_code == 200
    # A session that ran out has run out: replacing it is only a start.
    clock.advance(60)
    assert (await start(client, viewer, playable, replaces=mine["session_id"])).status_code == 201
    assert (await client.post(SESSIONS, json={"playable_id": str(playable), "replaces": "x"}, headers=viewer.headers)
            ).status_code == 422  # fmt: skip


async def test_a_start_that_a_gate_refuses_replaces_nothing(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    session = (await start(client, viewer, await world.film())).json()
    refused = await start(client, viewer, await world.film(status="archived"), replaces=session["session_id"])
    assert refused.json()["code"] == "title_not_published"
    assert (await beat(client, viewer, session, 1, 1)).status_code == 200


async def test_a_play_left_before_its_answer_frees_the_slot(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    playable = await world.film()
    key = "the-key-of-a-play"
    headers = viewer.headers | {"Idempotency-Key": key}
    body = {"playable_id": str(playable)}
    unheard = await client.post(SESSIONS, json=body, headers=headers)
    assert unheard.status_code == 201

    stranger = await world.viewer()
    for other in (stranger, world.signed_in(viewer.account_id, new_id(), viewer.device_id)):
        assert (await client.delete(SESSIONS, params={"key": key}, headers=other.headers)).status_code == 204
    assert (await beat(client, viewer, unheard.json(), 1, 1)).status_code == 200
    assert (await client.delete(SESSIONS, params={"key": key}, headers=viewer.headers)).status_code == 204

    assert (await beat(client, viewer, unheard.json(), 2, 1)).json()["reason"] == "stopped"
    assert (await start(client, viewer, playable)).status_code == 201
    assert (await client.delete(SESSIONS, params={"key": key}, headers=viewer.headers)).status_code == 204
    assert (await client.delete(SESSIONS, params={"key": key})).status_code == 401
    assert (await client.delete(SESSIONS, headers=viewer.headers)).status_code == 422


async def test_a_start_that_arrives_after_its_end_is_not_carried_out(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    body = {"playable_id": str(await world.film())}
    headers = viewer.headers | {"Idempotency-Key": "overtaken"}
    assert (await client.delete(SESSIONS, params={"key": "overtaken"}, headers=viewer.headers)).status_code == 204
    late = await client.post(SESSIONS, json=body, headers=headers)
    assert (late.status_code, late.json()["code"]) == (422, "idempotency_key_reused")
    for number in range(20):
        key = f"in a race {number}"
        await asyncio.gather(
            client.post(SESSIONS, json=body, headers=viewer.headers | {"Idempotency-Key": key}),
            client.delete(SESSIONS, params={"key": key}, headers=viewer.headers),
        )
        assert await world.db.pool.fetchval("SELECT count(*) FROM leases") == 0
