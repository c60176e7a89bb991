"""A full house: who is named, what a takeover ends, and which leases count."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.contracts.playback import LeaseChanged, SessionEnded
from services.playback.schemas.decisions import StreamsExceededProblem
from services.playback.schemas.starts import PlaySession
from tests.playback.world import World, beat, movie, start


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
