"""Heartbeats, ends and the list of what is playing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.contracts.identity import Device, Profile
from libs.contracts.playback import LeaseChanged, ProgressUpdated, SessionEnded
from services.playback.grants import Grants
from services.playback.schemas.heartbeats import HeartbeatAnswer
from tests.playback.world import SESSIONS, START, World, beat, start


async def test_a_heartbeat_renews_the_lease_the_grant_and_the_position(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    clock.advance(20)

    answer = await beat(client, viewer, session, 1, 18.5, qoe={"rebuffer_count": 1, "rebuffer_ms": 20, "new": 1})

    assert answer.status_code == 200
    renewed = HeartbeatAnswer.model_validate(answer.json())
    assert renewed.expires_at == START + timedelta(seconds=50)
    asset_id = UUID(session["manifests"]["hls"].split("/")[3])
    expires = int(START.timestamp()) + 12 * 3600
    assert renewed.grant == Grants("a-test-secret").prefix(asset_id, UUID(session["session_id"]), 1080, expires)
    # Nothing has changed, so the player goes on with the addresses it has.
    assert session["manifests"]["hls"].startswith(f"{renewed.grant}/")
    assert renewed.grant_expires_at.timestamp() == expires
    assert renewed.max_height == 1080
    (told,) = await world.events(ProgressUpdated)
    assert (told.seq, told.position, told.duration, told.state) == (1, 18.5, 600, "playing")
    assert (told.profile_id, told.device_id) == (viewer.profile_id, viewer.device_id)
    assert told.occurred_at == START + timedelta(seconds=20)


async def test_a_repeated_heartbeat_changes_nothing(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    first = (await beat(client, viewer, session, 2, 50)).json()
    clock.advance(5)
    for seq in (2, 1):
        again = await beat(client, viewer, session, seq, 10)
        assert (again.status_code, again.json()["expires_at"]) == (200, first["expires_at"])
    assert [event.position for event in await world.events(ProgressUpdated)] == [50]
    assert await world.db.pool.fetchval("SELECT position FROM positions") == 50


async def test_heartbeats_at_once_are_all_acknowledged_and_the_last_one_stands(
    client: httpx.AsyncClient, world: World
) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    answers = await asyncio.gather(*(beat(client, viewer, session, seq, float(seq)) for seq in range(1, 31)))
    assert {answer.status_code for answer in answers} == {200}
    assert await world.db.pool.fetchval("SELECT position FROM leases") == 30
    await client.delete(f"{SESSIONS}/{session['session_id']}", headers=viewer.headers)
    assert await world.db.pool.fetchval("SELECT position FROM positions") == 30
    seqs = [event.seq for event in await world.events(ProgressUpdated)]
    assert seqs == sorted(set(seqs)) and seqs[-1] == 30


async def test_stale_fencing_is_refused(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    for fencing in (session["fencing"] + 1, session["fencing"] + 5):
        lost = await beat(client, viewer, session, 1, 10, fencing=fencing)
        assert (lost.status_code, lost.json()["code"]) == (410, "lease_lost")
    assert await world.events(ProgressUpdated) == []


async def test_an_expired_lease_cannot_be_renewed_even_unswept(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    clock.advance(30)
    assert (await beat(client, viewer, session, 1, 10)).status_code == 410
    assert (await client.get("/playback/active", headers=viewer.headers)).json() == {"items": []}


async def test_somebody_elses_session(client: httpx.AsyncClient, world: World) -> None:
    viewer, stranger = await world.viewer(), await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    path = f"{SESSIONS}/{session['session_id']}"
    assert (await beat(client, stranger, session, 1, 10)).status_code == 404
    assert (await client.delete(path, headers=stranger.headers)).status_code == 404
    active = f"/playback/active/{session['session_id']}"
    assert (await client.delete(active, headers=stranger.headers)).json()["code"] == "session_not_found"
    assert (await client.get("/playback/active", headers=stranger.headers)).json() == {"items": []}
    for method, url in (
        ("POST", f"{path}/heartbeat"),
        ("DELETE", path),
        ("GET", "/playback/active"),
        ("DELETE", active),
    ):
        assert (await client.request(method, url)).status_code == 401
    assert (await beat(client, viewer, session, 1, 10)).status_code == 200


@pytest.mark.parametrize("limits", [{"maturity": 12}, {"maturity": 7, "kids": True}])
async def test_a_child_stops_its_own_stream_and_nobody_elses(
    client: httpx.AsyncClient, world: World, limits: dict[str, Any]
) -> None:
    parent = await world.viewer(streams=1)
    child = world.signed_in(parent.account_id, new_id(), parent.device_id, **limits)
    film = await world.film(maturity=0)
    watching = (await start(client, parent, film)).json()
    path = f"{SESSIONS}/{watching['session_id']}"
    for method, url in (
        ("DELETE", path),
        ("DELETE", f"/playback/active/{watching['session_id']}"),
        ("GET", "/playback/active"),
    ):
        answer = await client.request(method, url, headers=child.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "holder_required"), url
    assert (await beat(client, parent, watching, 1, 10)).status_code == 200
    own = world.as_seen(parent, **limits)  # the parent's profile, limited since
    assert (await client.delete(path, headers=own)).status_code == 204


async def test_a_child_takes_nobodys_place_over(client: httpx.AsyncClient, world: World) -> None:
    parent = await world.viewer(streams=1)
    kid = Profile(id=new_id(), name="Kit", maturity=7, kids=True)
    await world.tell(
        world.account(
            parent.account_id, 2, profiles=(Profile(id=parent.profile_id, name="Ada"), kid),
            devices=(Device(id=parent.device_id, name="Living room"),),
        )
    )  # fmt: skip
    child = world.signed_in(parent.account_id, kid.id, parent.device_id, maturity=7, kids=True)
    film = await world.film(maturity=0)
    watching = (await start(client, parent, film)).json()
    refused = await start(client, child, film)
    assert refused.status_code == 409, refused.text
    [held] = refused.json()["active"]
    assert (held["profile"], held["title"], held["position"]) == ("Ada", "", 0), "who, and not what"
    path = refused.json()["takeover"]["href"].removeprefix("/api/v1")
    taken = await client.post(path, headers=child.headers)
    assert (taken.status_code, taken.json()["code"]) == (403, "holder_required")
    assert (await beat(client, parent, watching, 1, 10)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"seq": 0}, {"position": -1}, {"position": "Infinity"}, {"state": "stopped"}, {"fencing": None}, {"seq": 2**70}],
)
async def test_bad_heartbeats(client: httpx.AsyncClient, world: World, change: dict[str, object]) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    body = {"seq": 1, "fencing": 1, "position": 1, "state": "playing"} | change
    path = f"{SESSIONS}/{session['session_id']}/heartbeat"
    assert (await client.post(path, json=body, headers=viewer.headers)).status_code == 422


async def test_stopping_frees_the_slot_and_keeps_the_last_position(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    playable = await world.film()
    session = (await start(client, viewer, playable)).json()
    await beat(client, viewer, session, 1, 10)
    path = f"{SESSIONS}/{session['session_id']}"

    assert (await client.delete(path, headers=viewer.headers, params={"position": 14.5})).status_code == 204
    assert (await client.delete(path, headers=viewer.headers, params={"position": 99})).status_code == 204

    (ended,) = await world.events(SessionEnded)
    assert (ended.reason, ended.position) == ("stopped", 14.5)
    assert [(e.seq, e.position, e.state) for e in await world.events(ProgressUpdated)] == [
        (1, 10, "playing"),
        (2, 14.5, "stopped"),
    ]
    assert [event.change for event in await world.events(LeaseChanged)] == ["acquired", "released"]
    assert (await world.events(LeaseChanged))[-1].active == 0
    assert (await start(client, viewer, playable)).json()["resume_at"] == 14.5
    assert (await client.delete(f"{SESSIONS}/{new_id()}", headers=viewer.headers)).status_code == 404


async def test_stopping_after_the_end(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    await beat(client, viewer, session, 1, 600, state="ended")
    await client.delete(f"{SESSIONS}/{session['session_id']}", headers=viewer.headers)
    assert [event.reason for event in await world.events(SessionEnded)] == ["ended"]


async def test_stopping_another_device(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    other = world.signed_in(viewer.account_id, new_id(), new_id())
    (item,) = (await client.get("/playback/active", headers=other.headers)).json()["items"]
    assert item["session_id"] == session["session_id"]
    assert (await client.delete(f"/playback/active/{item['session_id']}", headers=other.headers)).status_code == 204
    lost = await beat(client, viewer, session, 1, 10)
    assert (lost.status_code, lost.json()["reason"]) == (410, "revoked")
    assert [event.change for event in await world.events(LeaseChanged)] == ["acquired", "revoked"]


async def test_positions_are_told_when_they_are_news_and_every_30_seconds(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    told: list[tuple[int, float, str]] = []

    async def after(seconds: float, position: float, state: str = "playing") -> bool:
        """Whether a beat at this position was told."""
        clock.advance(seconds)
        seq = await world.db.pool.fetchval("SELECT seq + 1 FROM leases")
        assert (await beat(client, viewer, session, seq, position, state=state)).status_code == 200
        assert await world.db.pool.fetchval("SELECT position FROM leases") == position
        events = [(e.seq, e.position, e.state) for e in await world.events(ProgressUpdated)]
        more, told[:] = len(events) > len(told), events
        assert await world.db.pool.fetchval("SELECT position FROM positions") == told[-1][1]
        return more

    assert await after(10, 10)  # the first
    assert [await after(10, 20), await after(10, 30)] == [False, False]
    assert await after(10, 40)  # 30 s later
    assert [await after(10, 58), await after(2, 59)] == [False, False]  # at up to twice the speed
    assert await after(10, 300)  # a seek
    assert await after(10, 200)  # and back
    assert not await after(1, 199)
    assert await after(1, 200, "paused")
    assert not await after(10, 200, "paused")
    assert await after(1, 200, "playing")
    assert not await after(10, 210)
    await client.delete(f"{SESSIONS}/{session['session_id']}", headers=viewer.headers)
    last = (await world.events(ProgressUpdated))[-1]
    assert (last.position, last.state, last.occurred_at) == (210, "stopped", clock.now())
    seqs = [event.seq for event in await world.events(ProgressUpdated)]
    assert seqs == sorted(set(seqs))
