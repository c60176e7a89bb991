"""A stream ends with what allowed it: by the event that says so, by its next heartbeat, and by its hard end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.contracts.catalog import Playable, TitleChanged, Window
from libs.contracts.envelope import Event
from libs.contracts.identity import Device, Profile, SessionsRevoked
from libs.contracts.playback import LeaseChanged, SessionEnded
from services.playback import domain
from services.playback.repository import projections
from services.playback.schemas.heartbeats import HeartbeatAnswer, LeaseLostProblem
from services.playback.sweeper import Sweeper
from tests.playback.world import START, Viewer, World, asset, beat, movie, start

WAITING = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
News = Callable[[World, Viewer, TitleChanged], Event]


def changed(title: TitleChanged, **changes: object) -> TitleChanged:
    return title.model_copy(update={"version": title.version + 1, **changes})


def the_account(world: World, viewer: Viewer, **changes: object) -> Event:
    known: dict[str, object] = {
        "profiles": (Profile(id=viewer.profile_id, name="Ada"),),
        "devices": (Device(id=viewer.device_id, name="Living room"),),
    }
    return world.account(viewer.account_id, 2, **known | changes)


CHANGES: list[tuple[str, str, News]] = [
    ("account", "account_suspended", lambda w, v, t: the_account(w, v, status="suspended")),
    ("account", "account_closed", lambda w, v, t: the_account(w, v, status="deleting")),
    (
        "account", "signed_out",
        lambda w, v, t: SessionsRevoked(
            account_id=v.account_id, session_ids=(v.sign_in_id,), reason="signed_out", revoked_at=START
        ),
    ),
    ("profile", "profile_not_allowed", lambda w, v, t: the_account(w, v, profiles=())),
    ("plan", "no_plan", lambda w, v, t: w.entitlement(v.account_id, 2, status="none", max_streams=0, valid_until=None)),
    ("plan", "plan_ended", lambda w, v, t: w.entitlement(v.account_id, 2, status="canceled", valid_until=None)),
    (
        "plan", "plan_ended",
        lambda w, v, t: w.entitlement(v.account_id, 2, valid_until=START.replace(year=2025)),
    ),
    ("height", "height_not_in_plan", lambda w, v, t: w.entitlement(v.account_id, 2, max_height=240)),
    ("title", "title_not_published", lambda w, v, t: changed(t, status="archived")),
    ("title", "title_not_published", lambda w, v, t: changed(t, status="draft")),
    ("title", "title_not_published", lambda w, v, t: changed(t, playables=())),
    ("title", "title_not_ready", lambda w, v, t: changed(t, playables=(Playable(id=t.playables[0].id, name="x"),))),
    ("region", "not_in_region", lambda w, v, t: changed(t, windows=(Window(regions=("DE",)),))),
    ("window", "window_closed", lambda w, v, t: changed(t, windows=(Window(ends_at=START.replace(year=2025)),))),
    (
        "window", "window_not_open",
        lambda w, v, t: changed(t, windows=(Window(starts_at=START + timedelta(days=9)),)),
    ),
    ("maturity", "maturity_exceeded", lambda w, v, t: changed(t, maturity=18)),
    (
        "maturity", "maturity_exceeded",
        lambda w, v, t: the_account(w, v, profiles=(Profile(id=v.profile_id, name="Ada", maturity=7),)),
    ),
    ("device", "device_removed", lambda w, v, t: the_account(w, v, devices=())),
]  # fmt: skip


@pytest.mark.parametrize("told", [True, False], ids=["by the event", "by the heartbeat"])
@pytest.mark.parametrize(("gate", "code", "news"), CHANGES, ids=[f"{n}-{c[1]}" for n, c in enumerate(CHANGES)])
async def test_a_stream_ends_when_a_gate_closes(
    client: httpx.AsyncClient, world: World, gate: str, code: str, news: News, told: bool
) -> None:
    viewer = world.signed_in(*_ids(await world.viewer(streams=1)), maturity=16)
    title = movie()
    await world.tell(title)
    session = (await start(client, viewer, title.playables[0].id)).json()
    assert (await beat(client, viewer, session, 1, 60)).status_code == 200

    await (world.tell if told else world.know)(news(world, viewer, title))

    if told:
        # The slot is free at once, whatever the player does.
        holder = world.as_seen(viewer, maturity=18)
        assert (await client.get("/playback/active", headers=holder)).json() == {"items": []}
    lost = await beat(client, viewer, session, 2, 70)
    assert lost.status_code == 410
    problem = LeaseLostProblem.model_validate(lost.json())
    assert (problem.code, problem.reason, problem.gate) == ("lease_lost", code, gate)
    assert problem.detail == domain.REFUSALS[code]().detail
    # It stays so, and was told once.
    assert (await beat(client, viewer, session, 3, 80)).json()["reason"] == code
    assert [(event.reason, event.code) for event in await world.events(SessionEnded)] == [("revoked", code)]
    assert [event.code for event in await world.events(LeaseChanged)] == [None, code]
    assert await world.db.pool.fetchval("SELECT count(*) FROM leases") == 0


def _ids(viewer: Viewer) -> tuple[UUID, UUID, UUID]:
    return viewer.account_id, viewer.profile_id, viewer.device_id


@pytest.mark.parametrize("told", [True, False])
async def test_what_still_allows_a_stream_leaves_it_alone(client: httpx.AsyncClient, world: World, told: bool) -> None:
    viewer = await world.viewer()
    title = movie()
    await world.tell(title)
    session = (await start(client, viewer, title.playables[0].id)).json()
    profiles = (Profile(id=viewer.profile_id, name="Ada", maturity=12),)
    await (world.tell if told else world.know)(
        the_account(world, viewer, profiles=profiles),
        world.entitlement(viewer.account_id, 2, max_streams=1, status="past_due"),
        changed(title, windows=(Window(regions=("DE",)), Window(regions=("US",), ends_at=START + timedelta(days=1)))),
    )
    assert (await beat(client, viewer, session, 1, 60)).status_code == 200


async def test_a_viewer_who_has_left_the_country_is_told_so(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film(windows=(Window(regions=("US",)),))
    session = (await start(client, viewer, playable)).json()
    viewer.headers = world.as_seen(viewer, country="FR")
    assert (await beat(client, viewer, session, 1, 60)).json()["reason"] == "not_in_region"


async def test_a_viewer_who_leaves_the_country_while_watching_is_told_within_half_a_minute(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film(windows=(Window(regions=("US",)),)))).json()
    assert (await beat(client, viewer, session, 1, 0)).status_code == 200
    viewer.headers = world.as_seen(viewer, country="FR")
    answers = []
    for seq in (2, 3, 4):
        clock.advance(10)
        answers.append(await beat(client, viewer, session, seq, 10 * (seq - 1)))
    assert [answer.status_code for answer in answers] == [200, 200, 410]
    assert answers[-1].json()["reason"] == "not_in_region"


async def test_a_title_taken_down_while_its_lease_is_being_renewed_ends_with_the_next_heartbeat(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer()
    title = movie()
    await world.tell(title)
    session = (await start(client, viewer, title.playables[0].id)).json()
    assert (await beat(client, viewer, session, 1, 10)).status_code == 200
    async with world.db.pool.acquire() as connection, connection.transaction():
        # As a heartbeat that is about to be committed.
        await connection.execute("UPDATE leases SET position = 11")
        await world.tell(changed(title, status="archived"))
        assert await connection.fetchval("SELECT count(*) FROM leases") == 1
    clock.advance(5)
    # No news, and judged a moment ago: nothing but the title's version asks for a judgement.
    lost = await beat(client, viewer, session, 2, 15)
    assert (lost.status_code, lost.json()["reason"]) == (410, "title_not_published")
    assert [event.position for event in await world.events(SessionEnded)] == [11]


async def test_a_heartbeat_that_was_judged_by_the_plan_before_is_judged_again(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    """The plan shrinks while a heartbeat that has read the larger one waits for its lease."""
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    assert (await beat(client, viewer, session, 1, 10)).json()["max_height"] == 1080
    clock.advance(10)
    async with world.db.transaction() as told:
        smaller = world.entitlement(viewer.account_id, 2, max_height=800)
        await projections.end_refused(told, await projections.put_entitlements(told, [smaller]))
        waiting = asyncio.create_task(beat(client, viewer, session, 2, 15, state="paused"))
        async with asyncio.timeout(10):
            while not await world.db.pool.fetchval(WAITING):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert (await waiting).json()["max_height"] == 1080
    clock.advance(10)
    assert (await beat(client, viewer, session, 3, 15, state="paused")).json()["max_height"] == 720


async def test_a_smaller_plan_ends_the_newest_streams(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=4)
    playable = await world.film()
    sessions = [(await start(client, viewer, playable)).json() for _ in range(4)]
    await world.tell(world.entitlement(viewer.account_id, 2, max_streams=2))
    answers = [await beat(client, viewer, session, 1, 1) for session in sessions]
    assert [answer.status_code for answer in answers] == [200, 200, 410, 410]
    assert {answer.json()["reason"] for answer in answers[2:]} == {"streams_exceeded"}
    assert (await start(client, viewer, playable)).json()["limit"] == 2


async def test_a_smaller_picture_shrinks_the_grant(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    session = (await start(client, viewer, await world.film())).json()
    assert [(await beat(client, viewer, session, seq, 1)).json()["max_height"] for seq in (1, 2)] == [1080, 1080]
    await world.tell(world.entitlement(viewer.account_id, 2, max_height=800))
    renewed = HeartbeatAnswer.model_validate((await beat(client, viewer, session, 3, 1)).json())
    assert renewed.max_height == 720
    assert renewed.grant.split("~")[3] == "720"
    repeated = HeartbeatAnswer.model_validate((await beat(client, viewer, session, 3, 1)).json())
    assert repeated == renewed


@pytest.mark.parametrize(
    ("code", "gate", "plan", "title"),
    [
        ("plan_ended", "plan", {"valid_until": START + timedelta(seconds=95)}, {}),
        ("window_closed", "window", {}, {"windows": (Window(ends_at=START + timedelta(seconds=95)),)}),
        ("session_too_long", "session", {}, {}),
    ],
)
async def test_a_lease_has_a_hard_end(
    client: httpx.AsyncClient,
    world: World,
    clock: FrozenClock,
    code: str,
    gate: str,
    plan: dict[str, Any],
    title: dict[str, Any],
) -> None:
    viewer = await world.viewer(streams=3, **plan)
    playable = await world.film(**title)
    spoken = (await start(client, viewer, playable)).json()
    swept = (await start(client, viewer, playable)).json()
    hard_end = START + (timedelta(hours=12) if gate == "session" else timedelta(seconds=95))
    assert spoken["grant_expires_at"] == hard_end.isoformat()
    clock.advance((hard_end - clock.now()).total_seconds() - 5)
    await world.db.pool.execute("UPDATE leases SET expires_at = $1", clock.now() + timedelta(seconds=1))

    for session in (spoken, swept):
        answer = await beat(client, viewer, session, 1, 80)
        assert answer.json()["expires_at"] == hard_end.isoformat()
    clock.advance(5)

    # A second too late for the one; the other is found by the sweeper first.
    assert await Sweeper(world.db, 1).sweep(clock.now()) == 2
    for session in (spoken, swept):
        lost = (await beat(client, viewer, session, 2, 85)).json()
        assert (lost["reason"], lost["gate"]) == (code, gate)
    assert {event.code for event in await world.events(SessionEnded)} == {code}


async def test_a_plan_that_went_on_moves_the_hard_end(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer(valid_until=START + timedelta(seconds=20))
    session = (await start(client, viewer, await world.film())).json()
    assert session["expires_at"] == (START + timedelta(seconds=20)).isoformat()
    await world.tell(world.entitlement(viewer.account_id, 2))
    clock.advance(10)
    renewed = HeartbeatAnswer.model_validate((await beat(client, viewer, session, 1, 10)).json())
    assert renewed.expires_at == START + timedelta(seconds=40)
    assert renewed.grant_expires_at == START + timedelta(hours=12)


async def test_an_asset_that_was_made_anew_plays_on_as_it_was(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    title = movie()
    await world.tell(title)
    session = (await start(client, viewer, title.playables[0].id)).json()
    playable = title.playables[0].model_copy(update={"asset": asset(360, 720)})
    await world.tell(changed(title, playables=(playable,)))
    renewed = (await beat(client, viewer, session, 1, 10)).json()
    assert renewed["grant"].split("~")[1] == session["manifests"]["hls"].split("/")[3]
    # The new one has no picture as high as the one on screen.
    assert (session["max_height"], renewed["max_height"]) == (1080, 1080)
    assert (await beat(client, viewer, session, 1, 10)).json() == renewed


async def test_a_start_that_read_the_larger_plan_counts_by_the_smaller(client: httpx.AsyncClient, world: World) -> None:
    """The plan shrinks while a start waits for the account's lock."""
    viewer = await world.viewer(streams=2)
    playable = await world.film()
    await start(client, viewer, playable)
    async with world.db.pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE account_slots SET fencing = fencing WHERE account_id = $1", viewer.account_id)
        waiting = asyncio.create_task(start(client, viewer, playable))
        async with asyncio.timeout(10):
            while not await world.db.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await connection.execute("UPDATE entitlements SET max_streams = 1 WHERE account_id = $1", viewer.account_id)
    assert (await waiting).status_code == 409


async def test_another_accounts_stream_of_the_title_and_other_titles_go_on(
    client: httpx.AsyncClient, world: World
) -> None:
    viewer = await world.viewer()
    title, other = movie(), movie()
    await world.tell(title, other)
    session = (await start(client, viewer, title.playables[0].id)).json()
    kept = (await start(client, viewer, other.playables[0].id)).json()
    await world.tell(changed(title, status="archived"), world.entitlement(new_id(), 2, status="none"))
    assert (await beat(client, viewer, session, 1, 1)).status_code == 410
    assert (await beat(client, viewer, kept, 1, 1)).status_code == 200
