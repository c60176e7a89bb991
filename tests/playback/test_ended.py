"""What edges ask: which sessions have ended while their grants had not."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway import routes
from libs.chassis.clock import FrozenClock
from services.playback.grants import Grants
from services.playback.service import ended_sessions
from tests.playback.world import SESSIONS, START, World, beat, start

SECRET = "a-test-secret"


def proof(secret: str = SECRET, text: str = "ended", expires: float | str = 4102444800, *also: str) -> str:
    signed = f"{text}~{expires}"
    macs = [hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest() for key in (secret, *also)]
    return "~".join([signed, *macs])


async def ended(client: httpx.AsyncClient, after: str = "", given: str | None = None) -> httpx.Response:
    url = httpx.URL(str(client.base_url)).join("/internal/playback/ended")
    header = f"Edge {proof()}" if given is None else given
    return await client.get(url, params={"after": after}, headers={"Authorization": header})


async def test_sessions_are_told_when_they_have_ended(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer(streams=9)
    playable = await world.film()
    stopped, replaced, refused, playing = [(await start(client, viewer, playable)).json() for _ in range(4)]
    assert (await ended(client)).json()["ended"] == []

    await client.delete(f"{SESSIONS}/{stopped['session_id']}", headers=viewer.headers)
    await start(client, viewer, playable, replaces=replaced["session_id"])
    first = (await ended(client)).json()
    until = int((START + timedelta(hours=12)).timestamp())
    assert sorted(first["ended"]) == sorted([[stopped["session_id"], until], [replaced["session_id"], until]])
    assert first["more"] is False

    # The last seconds are told again: what was ended then may have been committed just now.
    clock.advance(10)
    await client.delete(f"/playback/active/{refused['session_id']}", headers=viewer.headers)
    again = (await ended(client, first["cursor"])).json()
    assert len(again["ended"]) == 3
    clock.advance(10)
    assert [item for item, _ in (await ended(client, again["cursor"])).json()["ended"]][-1] == refused["session_id"]
    clock.advance(6)
    assert (await beat(client, viewer, playing, 1, 1)).status_code == 200
    later = (await ended(client, again["cursor"])).json()
    clock.advance(20)
    assert (await ended(client, later["cursor"])).json()["ended"] == []
    # Nobody needs to hear of a session whose grants have ended by themselves.
    clock.advance(12 * 3600)
    assert (await ended(client)).json()["ended"] == []


async def test_many_come_in_pages(client: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_sessions, "ENDED_PAGE", 3)
    viewer = await world.viewer(streams=9)
    playable = await world.film()
    sessions = [(await start(client, viewer, playable)).json()["session_id"] for _ in range(8)]
    for session in sessions:
        await client.delete(f"{SESSIONS}/{session}", headers=viewer.headers)
    found: list[str] = []
    page: dict[str, Any] = {"cursor": "", "more": True}
    while page["more"]:
        page = (await ended(client, page["cursor"])).json()
        found += [session for session, _ in page["ended"]]
    assert found == sorted(sessions)
    # One that was ended before some of these and is committed only now is not passed over.
    late = (await start(client, viewer, playable)).json()["session_id"]
    await world.db.pool.execute(
        "UPDATE sessions SET ended_at = $1 WHERE session_id = $2", START - timedelta(seconds=1), late
    )
    page["more"] = True
    while page["more"]:
        page = (await ended(client, page["cursor"])).json()
        found += [session for session, _ in page["ended"]]
    assert late in found


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Edge",
        "Edge x",
        f"Bearer {proof()}",
        f"Edge {proof('another-secret')}",
        f"Edge {proof(text='other')}",
        f"Edge {proof(expires=1)}",
        f"Edge {proof(expires='inf')}",
        f"Edge {proof()[:-1]}",
        "Edge ended~4102444800",
        f"Edge {Grants(SECRET).sign(ended_sessions.NOBODY, ended_sessions.NOBODY, 1080, 4102444800)}",
    ],
)
async def test_only_an_edge_is_told(client: httpx.AsyncClient, given: str) -> None:
    assert (await ended(client, given=given)).status_code == 401


async def test_a_viewer_is_no_edge_and_the_way_is_not_public(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    assert (await ended(client, given=viewer.headers["Authorization"])).status_code == 401
    assert routes.match("/internal/playback/ended") is None


async def test_either_key_of_a_change_is_known(client: httpx.AsyncClient) -> None:
    answer = await ended(client, given=f"Edge {proof('the-new-secret', 'ended', 4102444800, SECRET)}")
    assert answer.status_code == 200
    assert (await ended(client, "2030")).json()["code"] == "bad_cursor"
    assert (await ended(client, "x~y")).status_code == 422
