"""POST /playback/sessions: what an admitted play is told and tells, and what is no start at all."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from libs.chassis.ids import new_id
from libs.contracts.catalog import Playable
from libs.contracts.playback import LeaseChanged, SessionStarted
from services.playback.grants import Grants
from services.playback.schemas.starts import PlaySession
from tests.conftest import AuthHeaders
from tests.playback.world import SESSIONS, START, World, asset, movie, start


async def test_an_admitted_play(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    title = movie()
    await world.tell(title)
    playing = title.playables[0].asset
    assert playing

    answer = await start(client, viewer, title.playables[0].id)

    assert answer.status_code == 201
    session = PlaySession.model_validate(answer.json())
    assert session.decision.allowed and len(session.decision.gates) == 10
    assert all(gate.ok for gate in session.decision.gates)
    expires = int(START.timestamp()) + 12 * 3600
    prefix = Grants("a-test-secret").prefix(playing.asset_id, session.session_id, 1080, expires)
    assert session.manifests.hls == f"{prefix}/{playing.asset_id}/1/master.m3u8"
    assert session.manifests.dash == f"{prefix}/{playing.asset_id}/1/manifest.mpd"
    assert session.trickplay and session.trickplay.vtt == f"{prefix}/{playing.asset_id}/1/thumbnails.vtt"
    assert (session.resume_at, session.duration, session.max_height) == (0, 600, 1080)
    assert (session.heartbeat_interval, session.expires_at) == (10, START + timedelta(seconds=30))
    assert session.title.name == "Still Water"
    assert [track.language for track in session.tracks.audio] == ["en"]
    assert [track.language for track in session.tracks.text] == ["de"]


async def test_the_admission_and_its_events_are_one_transaction(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film()
    first = (await start(client, viewer, playable)).json()

    started, acquired = await world.events()
    assert isinstance(started, SessionStarted) and isinstance(acquired, LeaseChanged)
    assert str(started.session_id) == first["session_id"]
    assert (started.account_id, started.profile_id, started.device_id) == (
        viewer.account_id, viewer.profile_id, viewer.device_id,
    )  # fmt: skip
    assert (acquired.change, acquired.active, acquired.limit, acquired.fencing) == ("acquired", 1, 2, first["fencing"])

    # An outbox that cannot be written to takes the admission down with it.
    await world.db.pool.execute("ALTER TABLE outbox ADD CONSTRAINT full_disk CHECK (id < 0) NOT VALID")
    failed = await start(client, viewer, playable)
    assert failed.status_code == 500
    assert await world.db.pool.fetchval("SELECT count(*) FROM sessions") == 1
    assert await world.db.pool.fetchval("SELECT count(*) FROM leases") == 1


async def test_anonymous_and_profileless_are_turned_away(
    client: httpx.AsyncClient, world: World, auth_headers: AuthHeaders
) -> None:
    body = {"playable_id": str(await world.film())}
    assert (await client.post(SESSIONS, json=body)).status_code == 401
    refused = await client.post(SESSIONS, json=body, headers=auth_headers())
    assert (refused.status_code, refused.json()["code"]) == (403, "profile_required")


async def test_an_unknown_playable(client: httpx.AsyncClient, world: World) -> None:
    refused = await start(client, await world.viewer(), new_id())
    assert (refused.status_code, refused.json()["code"]) == (404, "playable_not_found")


async def test_bad_bodies(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    for body in ({}, {"playable_id": "x"}, {"playable_id": str(new_id()), "capabilities": {"max_height": 0}}):
        assert (await client.post(SESSIONS, json=body, headers=viewer.headers)).status_code == 422


async def test_an_episode_names_itself_and_the_next_that_can_be_played(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    episodes = tuple(
        Playable(
            id=new_id(), name=name, season_number=season, episode_number=number, episode_id=new_id(),
            asset=asset() if ready else None, intro_start=3.0,
        )
        for name, season, number, ready in (("Pilot", 1, 1, True), ("Missing", 1, 2, False), ("Again", 2, 1, True))
    )  # fmt: skip
    await world.tell(movie(type="series", name="Tides", playables=episodes))

    first = PlaySession.model_validate((await start(client, viewer, episodes[0].id)).json())
    last = PlaySession.model_validate((await start(client, viewer, episodes[2].id)).json())

    assert (first.title.name, first.title.episode_name, first.markers.intro_start) == ("Tides", "Pilot", 3.0)
    assert first.next_episode and first.next_episode.playable_id == episodes[2].id
    assert (first.next_episode.season_number, first.next_episode.episode_number) == (2, 1)
    assert last.next_episode is None
    active = (await client.get("/playback/active", headers=viewer.headers)).json()["items"]
    assert [item["title"] for item in active] == ["Tides · S1 E1 · Pilot", "Tides · S2 E1 · Again"]


@pytest.mark.parametrize("first", [True, False], ids=["specials first", "specials last"])
async def test_a_special_is_not_next_after_the_finale(client: httpx.AsyncClient, world: World, first: bool) -> None:
    viewer = await world.viewer(streams=9)
    made = [
        Playable(id=new_id(), name=f"S{season} E{number}", season_number=season, episode_number=number, asset=asset())
        for season, number in ((0, 1), (0, 2), (1, 1), (1, 2))
    ]
    specials, episodes = made[:2], made[2:]
    await world.tell(movie(type="series", playables=(*specials, *episodes) if first else (*episodes, *specials)))

    async def after(playable: Playable) -> str | None:
        found = (await start(client, viewer, playable.id)).json()["next_episode"]
        return found and str(found["name"])

    assert [await after(playable) for playable in made] == ["S0 E2", None, "S1 E2", None]
    active = (await client.get("/playback/active", headers=viewer.headers)).json()["items"]
    assert [item["title"].split(" · ")[1] for item in active] == ["Special 1", "Special 2", "S1 E1", "S1 E2"]
