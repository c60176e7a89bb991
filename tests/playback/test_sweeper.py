from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx

from libs.chassis.clock import FrozenClock
from libs.contracts.playback import LeaseChanged, SessionEnded
from services.playback.sweeper import Sweeper
from tests.playback.world import START, World, beat, start


async def test_vanished_players_lose_their_slots_once(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    playable = await world.film()
    viewers = [await world.viewer() for _ in range(5)]
    sessions = [(await start(client, viewer, playable)).json() for viewer in viewers]
    clock.advance(20)
    await beat(client, viewers[0], sessions[0], 1, 20)
    assert await Sweeper(world.db, 1).sweep(START + timedelta(seconds=29)) == 0

    # As many replicas as one likes, all at the same moment.
    swept = await asyncio.gather(*(Sweeper(world.db, 1).sweep(START + timedelta(seconds=30)) for _ in range(6)))

    assert sum(swept) == 4
    ended = await world.events(SessionEnded)
    assert sorted(str(event.session_id) for event in ended) == sorted(s["session_id"] for s in sessions[1:])
    assert {event.reason for event in ended} == {"expired"}
    assert [event.change for event in await world.events(LeaseChanged)] == ["acquired"] * 5 + ["expired"] * 4
    assert (await beat(client, viewers[0], sessions[0], 2, 30)).status_code == 200


async def test_more_than_a_batch_is_swept_in_one_go(world: World) -> None:
    await world.db.pool.execute(
        "INSERT INTO leases SELECT uuidv7(), uuidv7(), uuidv7(), NULL, 1, 0, 0, 'playing', $1, $1"
        " FROM generate_series(1, 450)",
        START,
    )
    assert await Sweeper(world.db, 1).sweep(START) == 450
    assert await Sweeper(world.db, 1).sweep(START) == 0


async def test_the_part_sweeps_by_itself_and_stops(world: World) -> None:
    await world.db.pool.execute(
        "INSERT INTO leases SELECT uuidv7(), uuidv7(), uuidv7(), NULL, 1, 0, 0, 'playing', now(), now()"
    )
    sweeper = Sweeper(world.db, 0.02)
    await sweeper.start()
    try:
        async with asyncio.timeout(10):
            while await world.db.pool.fetchval("SELECT count(*) FROM leases"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            while sweeper.problem:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        await sweeper.stop()
