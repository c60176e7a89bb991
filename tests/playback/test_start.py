"""POST /playback/sessions: who is admitted, who is refused and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.contracts.catalog import Playable, Window
from libs.contracts.identity import Device, Profile, SessionsRevoked
from libs.contracts.playback import LeaseChanged, SessionEnded, SessionStarted
from services.playback.grants import Grants
from services.playback.schemas import PlaySession, StreamsExceededProblem
from tests.conftest import AuthHeaders
from tests.playback.world import SESSIONS, START, Viewer, World, asset, beat, movie, start


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


Setup = Callable[[World, Viewer], Awaitable[dict[str, Any] | None]]


async def suspended(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, status="suspended"))


async def closed(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, status="deleting"))


async def signed_out(world: World, viewer: Viewer) -> None:
    await world.tell(
        SessionsRevoked(
            account_id=viewer.account_id, session_ids=(viewer.sign_in_id,), reason="logout", revoked_at=START
        )
    )


async def profile_gone(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, devices=(Device(id=viewer.device_id, name="TV"),)))


async def plan_none(world: World, viewer: Viewer) -> None:
    await world.tell(world.entitlement(viewer.account_id, 2, status="none", max_streams=0, valid_until=None))


async def plan_over(world: World, viewer: Viewer) -> None:
    await world.tell(world.entitlement(viewer.account_id, 2, status="past_due", valid_until=START))


async def plan_canceled(world: World, viewer: Viewer) -> None:
    await world.tell(world.entitlement(viewer.account_id, 2, status="canceled", valid_until=None))


async def only_4k(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"playable": Playable(id=new_id(), name="x", asset=asset(2160))}


async def unpublished(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"status": "archived"}


async def not_ready(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"playable": Playable(id=new_id(), name="x")}


async def elsewhere(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"windows": (Window(regions=("DE",)), Window(regions=("FR", "AT")))}


async def too_early(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"windows": (Window(starts_at=START + timedelta(seconds=1)), Window(regions=("DE",)))}


async def too_late(world: World, viewer: Viewer) -> dict[str, Any]:
    return {"windows": (Window(ends_at=START),)}


async def too_grown_up(world: World, viewer: Viewer) -> dict[str, Any]:
    await world.tell(
        world.account(
            viewer.account_id, 2, profiles=(Profile(id=viewer.profile_id, name="Kid", maturity=7),),
            devices=(Device(id=viewer.device_id, name="TV"),),
        )
    )  # fmt: skip
    return {"maturity": 12}


async def device_gone(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(viewer.account_id, 2, profiles=(Profile(id=viewer.profile_id, name="Ada"),)))


async def device_of_another(world: World, viewer: Viewer) -> None:
    await world.tell(world.account(new_id(), devices=(Device(id=viewer.device_id, name="Theirs"),)))


@pytest.mark.parametrize(
    ("gate", "code", "arrange"),
    [
        ("account", "account_suspended", suspended),
        ("account", "account_closed", closed),
        ("account", "signed_out", signed_out),
        ("profile", "profile_not_allowed", profile_gone),
        ("plan", "no_plan", plan_none),
        ("plan", "plan_ended", plan_over),
        ("plan", "plan_ended", plan_canceled),
        ("height", "height_not_in_plan", only_4k),
        ("title", "title_not_published", unpublished),
        ("title", "title_not_ready", not_ready),
        ("region", "not_in_region", elsewhere),
        ("window", "window_not_open", too_early),
        ("window", "window_closed", too_late),
        ("maturity", "maturity_exceeded", too_grown_up),
        ("device", "device_removed", device_gone),
        ("device", "device_not_allowed", device_of_another),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_gate_refuses(client: httpx.AsyncClient, world: World, gate: str, code: str, arrange: Setup) -> None:
    viewer = await world.viewer()
    playable = await world.film(**(await arrange(world, viewer) or {}))

    refused = await start(client, viewer, playable)

    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    problem = refused.json()
    assert problem["code"] == code
    verdicts = {verdict["gate"]: verdict for verdict in problem["decision"]["gates"]}
    closed_gates = {name for name, verdict in verdicts.items() if not verdict["ok"]}
    # A revoked device or account also tells the gates that depend on it; nothing else may be closed.
    assert gate in closed_gates <= {gate, "profile", "device"}
    assert verdicts[gate]["code"] == code
    assert await world.db.pool.fetchval("SELECT count(*) FROM sessions") == 0


async def test_no_entitlement_yet(client: httpx.AsyncClient, world: World) -> None:
    refused = await start(client, await world.viewer(streams=0), await world.film())
    assert (refused.status_code, refused.json()["code"]) == (403, "no_plan")


async def test_an_account_not_heard_of_yet_may_play(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(known=False)
    assert (await start(client, viewer, await world.film())).status_code == 201


async def test_a_profile_not_heard_of_yet_may_play_within_its_token(client: httpx.AsyncClient, world: World) -> None:
    """Just made, with its event on the way or Kafka away; one that was removed is another matter."""
    viewer = await world.viewer()
    playable = await world.film(maturity=12)
    for maturity, status in ((7, 403), (12, 201)):
        fresh = world.signed_in(viewer.account_id, new_id(), viewer.device_id, maturity=maturity)
        answer = await start(client, fresh, playable)
        assert answer.status_code == status
    assert (await beat(client, fresh, answer.json(), 1, 1)).status_code == 200
    await profile_gone(world, viewer)
    assert (await start(client, viewer, playable)).json()["code"] == "profile_not_allowed"


async def test_the_token_limits_maturity_and_country(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film(maturity=16, windows=(Window(regions=("DE", "US")),))
    for claims, code in (({"maturity": 12}, "maturity_exceeded"), ({"country": "FR"}, "not_in_region")):
        refused = await client.post(
            SESSIONS, json={"playable_id": str(playable)}, headers=world.as_seen(viewer, **claims)
        )
        assert refused.json()["code"] == code
    assert (await start(client, viewer, playable)).status_code == 201


async def test_the_plan_caps_the_height(client: httpx.AsyncClient, world: World) -> None:
    playable = await world.film()
    session = (await start(client, await world.viewer(height=720), playable)).json()
    assert session["max_height"] == session["decision"]["max_height"] == 720
    session = (await start(client, await world.viewer(), playable, capabilities={"max_height": 480})).json()
    assert session["max_height"] == 360


async def test_overflow_says_who_and_a_takeover_works_once(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film()
    oldest = (await start(client, viewer, playable)).json()
    newer = (await start(client, viewer, playable)).json()
    await beat(client, viewer, oldest, 1, 33.5)

    refused = await start(client, viewer, playable)

    assert refused.status_code == 409
    problem = StreamsExceededProblem.model_validate(refused.json())
    assert problem.code == "streams_exceeded" and problem.limit == 2
    assert [str(item.session_id) for item in problem.active] == [oldest["session_id"], newer["session_id"]]
    assert (problem.active[0].title, problem.active[0].device, problem.active[0].profile) == (
        "Still Water", "Living room", "Ada",
    )  # fmt: skip
    assert problem.active[0].position == 33.5
    assert (await world.events(LeaseChanged))[-1].change == "denied"

    path = problem.takeover.href.removeprefix("/api/v1")
    stranger = await world.viewer()
    assert (await client.post(path, headers=stranger.headers)).status_code == 404
    sibling = world.signed_in(viewer.account_id, new_id(), viewer.device_id)
    assert (await client.post(path, headers=sibling.headers)).status_code == 404
    assert (await client.post(path)).status_code == 401

    taken = await client.post(path, headers=viewer.headers)
    assert taken.status_code == 201
    session = PlaySession.model_validate(taken.json())
    assert session.fencing > newer["fencing"]
    assert (await client.post(path, headers=viewer.headers)).json()["code"] == "takeover_expired"

    lost = await beat(client, viewer, oldest, 2, 40)
    assert (lost.status_code, lost.json()["code"], lost.json()["reason"]) == (410, "lease_lost", "taken_over")
    assert (await beat(client, viewer, newer, 1, 40)).status_code == 200
    ended = await world.events(SessionEnded)
    assert [(str(event.session_id), event.reason) for event in ended] == [(oldest["session_id"], "taken_over")]


def href_of(problem: dict[str, Any]) -> str:
    href: str = problem["takeover"]["href"]
    return href.removeprefix("/api/v1")


async def test_takeovers_of_one_stream_at_once_end_that_one_alone(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film()
    _, newer = [(await start(client, viewer, playable)).json() for _ in range(2)]
    refusals = [(await start(client, viewer, playable)).json() for _ in range(4)]
    hrefs = [href_of(problem) for problem in refusals]

    answers = await asyncio.gather(*(client.post(href, headers=viewer.headers) for href in hrefs * 2))

    # One had it; the others are told who holds the places now, and each takeover was used up by the first of its pair.
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 3 + [410] * 4
    (taken,) = [answer.json()["session_id"] for answer in answers if answer.status_code == 201]
    active = (await client.get("/playback/active", headers=viewer.headers)).json()["items"]
    assert [item["session_id"] for item in active] == [newer["session_id"], taken]
    again = next(answer.json() for answer in answers if answer.status_code == 409)
    assert [item["session_id"] for item in again["active"]] == [newer["session_id"], taken]
    assert (await client.post(href_of(again), headers=viewer.headers)).status_code == 201
    assert (await beat(client, viewer, newer, 1, 1)).json()["reason"] == "taken_over"


async def test_a_takeover_runs_out(client: httpx.AsyncClient, world: World, clock: FrozenClock) -> None:
    viewer = await world.viewer(streams=1)
    playable = await world.film()
    await start(client, viewer, playable)
    href = (await start(client, viewer, playable)).json()["takeover"]["href"].removeprefix("/api/v1")
    clock.advance(120)
    late = await client.post(href, headers=viewer.headers)
    assert (late.status_code, late.json()["code"]) == (410, "takeover_expired")


async def test_a_takeover_refused_by_a_gate_is_not_used_up(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    title = movie()
    await world.tell(title)
    other = await world.film()
    playing = (await start(client, viewer, other)).json()
    href = (await start(client, viewer, title.playables[0].id)).json()["takeover"]["href"].removeprefix("/api/v1")
    await world.tell(title.model_copy(update={"version": 2, "status": "archived"}))
    assert (await client.post(href, headers=viewer.headers)).json()["code"] == "title_not_published"
    assert (await beat(client, viewer, playing, 1, 1)).status_code == 200
    await world.tell(title.model_copy(update={"version": 3}))
    assert (await client.post(href, headers=viewer.headers)).status_code == 201


async def test_stop_oldest(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(overflow="stop_oldest")
    playable = await world.film()
    sessions = [(await start(client, viewer, playable)).json() for _ in range(3)]
    assert [(await beat(client, viewer, session, 1, 5)).status_code for session in sessions] == [410, 200, 200]


async def test_a_lease_that_ran_out_does_not_count(client: httpx.AsyncClient, world: World, clock: FrozenClock) -> None:
    viewer = await world.viewer(streams=1)
    playable = await world.film()
    old = (await start(client, viewer, playable)).json()
    clock.advance(29)
    assert (await start(client, viewer, playable)).status_code == 409
    clock.advance(1)
    assert (await start(client, viewer, playable)).status_code == 201
    # The first holder wakes up: its number is stale.
    lost = await beat(client, viewer, old, 1, 10)
    assert (lost.status_code, lost.json()["reason"]) == (410, "expired")
    ended = await world.events(SessionEnded)
    assert [(str(event.session_id), event.reason) for event in ended] == [(old["session_id"], "expired")]


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
