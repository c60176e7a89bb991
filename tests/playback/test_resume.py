"""Where a play resumes: where the viewer got to, whether that has been written down already or is on a live lease alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import httpx
import pytest

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.contracts.catalog import Playable, TitleChanged
from libs.contracts.watch import PositionSet
from services.playback.sweeper import Sweeper
from tests.playback.world import SESSIONS, START, Viewer, World, asset, beat, movie, start


async def resume_of(client: httpx.AsyncClient, viewer: Viewer, playable: UUID) -> float:
    found: float = (await start(client, viewer, playable)).json()["resume_at"]
    return found


async def written(world: World) -> float | None:
    found: float | None = await world.db.pool.fetchval("SELECT position FROM positions")
    return found


def cleared(viewer: Viewer, title: TitleChanged, at: datetime) -> PositionSet:
    return PositionSet(
        profile_id=viewer.profile_id, account_id=viewer.account_id, title_id=title.title_id,
        playable_id=title.playables[0].id, position=None, occurred_at=at,
    )  # fmt: skip


async def test_resume_and_completion(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=9)
    title = movie(playable=Playable(id=new_id(), name="x", credits_start=540.0, asset=asset(duration=600)))
    await world.tell(title)
    playable = title.playables[0].id

    async def resume_after(position: float, state: str = "playing") -> float:
        session = (await start(client, viewer, playable)).json()
        assert (await beat(client, viewer, session, 1, position, state=state)).status_code == 200
        found: float = (await start(client, viewer, playable)).json()["resume_at"]
        await client.delete(f"{SESSIONS}/{session['session_id']}", headers=viewer.headers)
        await world.db.pool.execute("DELETE FROM leases")
        return found

    assert await resume_after(123.25) == 123.25
    assert await resume_after(539.9) == 539.9
    assert await resume_after(540) == 0  # in the credits
    assert await resume_after(100, "ended") == 0
    assert await resume_after(99_999) == 0
    cleared = PositionSet(
        profile_id=viewer.profile_id, account_id=viewer.account_id, title_id=title.title_id, playable_id=playable,
        position=None, occurred_at=START + timedelta(seconds=1),
    )  # fmt: skip
    await resume_after(200)
    await world.db.pool.execute("UPDATE positions SET occurred_at = now() - interval '1 hour'")
    await world.tell(cleared)
    assert (await start(client, viewer, playable)).json()["resume_at"] == 0


@pytest.mark.parametrize("end", ["stopped", "expired", "signed out"])
async def test_a_position_that_is_only_on_a_lease_counts_and_is_written_down_with_its_end(
    client: httpx.AsyncClient, world: World, clock: FrozenClock, end: str
) -> None:
    viewer = await world.viewer(streams=9)
    playable = await world.film()
    session = (await start(client, viewer, playable)).json()
    for seq in (1, 2, 3):
        clock.advance(10)
        assert (await beat(client, viewer, session, seq, seq * 10.0)).status_code == 200
    assert await written(world) == 10
    assert await resume_of(client, viewer, playable) == 30
    sibling = world.signed_in(viewer.account_id, new_id(), viewer.device_id)
    assert await resume_of(client, sibling, playable) == 0

    if end == "stopped":
        await client.delete(f"{SESSIONS}/{session['session_id']}", headers=viewer.headers)
    elif end == "expired":
        clock.advance(40)
        await Sweeper(world.db, 1).sweep(clock.now())
    else:
        await world.tell(world.account(viewer.account_id, 2, status="suspended"))
    assert await world.db.pool.fetchval("SELECT count(*) FROM leases WHERE untold") == 0
    assert await written(world) == 30


async def test_the_newest_of_two_screens_counts_whichever_ends_last(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    viewer = await world.viewer(streams=9)
    playable = await world.film()
    first, second = [(await start(client, viewer, playable)).json() for _ in range(2)]
    for session, position in ((first, 100.0), (second, 200.0)):
        for seq in (1, 2):
            clock.advance(5)
            assert (await beat(client, viewer, session, seq, position + seq)).status_code == 200
    assert await resume_of(client, viewer, playable) == 202
    clock.advance(60)
    # Both in one statement.
    assert await Sweeper(world.db, 1).sweep(clock.now()) == 3
    assert await written(world) == 202


async def test_a_history_that_is_cleared_while_a_film_goes_on_begins_again_with_its_next_heartbeat(
    client: httpx.AsyncClient, world: World, clock: FrozenClock
) -> None:
    clock.advance((START.replace(year=2026, month=1) - START).total_seconds())  # no device is ahead of the real time
    viewer = await world.viewer(streams=9)
    title = movie()
    await world.tell(title)
    playable = title.playables[0].id
    session = (await start(client, viewer, playable)).json()
    for seq in (1, 2):
        clock.advance(10)
        await beat(client, viewer, session, seq, seq * 10.0)
    # One that was on its way is older than what is on the lease.
    await world.tell(cleared(viewer, title, clock.now() - timedelta(seconds=5)))
    assert await resume_of(client, viewer, playable) == 20
    await world.tell(cleared(viewer, title, clock.now() + timedelta(seconds=5)))
    assert await resume_of(client, viewer, playable) == 0
    clock.advance(10)
    await beat(client, viewer, session, 3, 30)
    assert await resume_of(client, viewer, playable) == 30
    clock.advance(1)
    await world.tell(cleared(viewer, title, clock.now()))
    await client.delete(f"{SESSIONS}/{session['session_id']}", headers=viewer.headers)
    assert await written(world) is None
    assert await resume_of(client, viewer, playable) == 0
