"""A trailer is played by whoever may see its title: without a plan, without a slot, and without a trace of where they got to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from libs.chassis.clock import FrozenClock
from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.contracts.catalog import TitleChanged, Trailer, Window
from libs.contracts.identity import Profile
from libs.contracts.playback import LeaseChanged, ProgressUpdated, SessionEnded, SessionStarted
from libs.contracts.watch import PositionSet
from tests.playback.world import SESSIONS, START, Viewer, World, asset, beat, movie, start


def with_trailer(**changes: Any) -> tuple[TitleChanged, UUID]:
    """A film with a trailer, and what that is played by."""
    trailer = Trailer(
        id=new_id(), playable_id=new_id(), name="Teaser", language="en", asset=asset(1080, 2160, duration=20)
    )
    return movie(trailers=(trailer,), **changes), trailer.playable_id


async def active(client: httpx.AsyncClient, viewer: Viewer) -> list[str]:
    answer = await client.get("/playback/active", headers=viewer.headers)
    return [item["session_id"] for item in answer.json()["items"]]


async def test_whoever_has_no_plan_sees_the_trailer_and_not_the_film(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=0)
    film, trailer = with_trailer()
    await world.tell(film)
    answer = await start(client, viewer, trailer)
    assert answer.status_code == 201, answer.text
    session = answer.json()
    assert (session["trailer"], session["title"]["name"], session["next_episode"]) == ("Teaser", "Still Water", None)
    assert (session["duration"], session["max_height"], session["decision"]["allowed"]) == (20, 2160, True)
    refused = await start(client, viewer, film.playables[0].id)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_plan")
    for seq, position in ((1, 8.0), (2, 16.0), (2, 16.0)):
        beaten = await beat(client, viewer, session, seq, position)
        assert (beaten.status_code, beaten.json()["max_height"]) == (200, 2160), beaten.text
        assert beaten.json()["grant"] in session["manifests"]["hls"]


async def test_a_trailer_needs_a_plan_where_its_title_says_so(client: httpx.AsyncClient, world: World) -> None:
    nobody, viewer = await world.viewer(streams=0), await world.viewer(streams=1)
    film, trailer = with_trailer(free_trailers=False)
    await world.tell(film)
    refused = await start(client, nobody, trailer)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_plan")
    playing = (await start(client, viewer, film.playables[0].id)).json()
    session = (await start(client, viewer, trailer)).json()
    assert await active(client, viewer) == [playing["session_id"]], "it takes no slot all the same"
    await world.tell(world.entitlement(viewer.account_id, 2, status="none", max_streams=0))
    ended = await beat(client, viewer, session, 1, 5)
    assert (ended.status_code, ended.json()["reason"]) == (410, "no_plan"), ended.text
    # An editor changes their mind, and again while somebody without a plan is watching.
    await world.tell(film.model_copy(update={"version": film.version + 1, "free_trailers": True}))
    session = (await start(client, nobody, trailer)).json()
    assert (await beat(client, nobody, session, 1, 5)).status_code == 200
    await world.tell(film.model_copy(update={"version": film.version + 2}))
    assert (await beat(client, nobody, session, 2, 9)).status_code == 410


async def test_a_trailer_takes_no_slot_and_stops_nobody(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1, overflow="stop_oldest")
    film, trailer = with_trailer()
    await world.tell(film)
    before = [(await start(client, viewer, trailer)).json() for _ in range(2)]
    playing = (await start(client, viewer, film.playables[0].id)).json()
    after = [(await start(client, viewer, trailer)).json() for _ in range(2)]
    assert await active(client, viewer) == [playing["session_id"]]
    for session in (playing, *before, *after):
        assert (await beat(client, viewer, session, 1, 5)).status_code == 200
    # A second film stops the oldest film, and no trailer.
    second = (await start(client, viewer, film.playables[0].id)).json()
    assert await active(client, viewer) == [second["session_id"]]
    assert (await beat(client, viewer, playing, 2, 9)).status_code == 410
    assert (await beat(client, viewer, before[0], 2, 9)).status_code == 200
    changes = [(item.change, item.active) for item in await world.events(LeaseChanged)]
    assert changes == [("acquired", 1), ("revoked", 0), ("acquired", 1)]


async def test_a_house_that_is_full_of_films_still_shows_trailers(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=1)
    film, trailer = with_trailer()
    await world.tell(film)
    await start(client, viewer, film.playables[0].id)
    session = (await start(client, viewer, trailer)).json()
    refused = await start(client, viewer, film.playables[0].id)
    assert (refused.status_code, refused.json()["code"], len(refused.json()["active"])) == (409, "streams_exceeded", 1)
    # A smaller plan ends films, and none at all: no trailer.
    await world.tell(world.entitlement(viewer.account_id, 2, status="none", max_streams=0))
    assert await active(client, viewer) == []
    assert (await beat(client, viewer, session, 1, 5)).status_code == 200


async def test_nothing_is_remembered_of_a_trailer(client: httpx.AsyncClient, world: World, clock: FrozenClock) -> None:
    viewer = await world.viewer()
    film, trailer = with_trailer()
    await world.tell(film)
    session = (await start(client, viewer, trailer)).json()
    await beat(client, viewer, session, 1, 6)
    clock.advance(10)
    await beat(client, viewer, session, 2, 16)
    again = (await start(client, viewer, trailer)).json()
    assert again["resume_at"] == 0, "also while the first still runs"
    await beat(client, viewer, again, 1, 20, state="ended")
    for held in (session, again):
        await client.delete(f"{SESSIONS}/{held['session_id']}?position=18", headers=viewer.headers)
    assert await world.events(ProgressUpdated) == []
    assert await world.db.pool.fetchval("SELECT count(*) FROM positions") == 0
    assert [item.trailer for item in await world.events(SessionStarted)] == [True, True]
    assert [item.trailer for item in await world.events(SessionEnded)] == [True, True]
    # Nor of one that a client wrote down by itself.
    told = PositionSet(
        profile_id=viewer.profile_id, account_id=viewer.account_id, title_id=film.title_id, playable_id=trailer,
        position=12, occurred_at=START,
    )  # fmt: skip
    await world.tell(told)
    assert (await start(client, viewer, trailer)).json()["resume_at"] == 0


async def test_a_film_is_told_as_no_trailer(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    film, _ = with_trailer()
    await world.tell(film)
    session = (await start(client, viewer, film.playables[0].id)).json()
    assert session["trailer"] is None
    await client.delete(f"{SESSIONS}/{session['session_id']}?position=18", headers=viewer.headers)
    assert [item.trailer for item in await world.events(SessionStarted)] == [False]
    assert [item.trailer for item in await world.events(SessionEnded)] == [False]
    assert len(await world.events(ProgressUpdated)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "draft"}, "title_not_published"),
        ({"windows": (Window(regions=("DE",)),)}, "not_in_region"),
        ({"windows": (Window(starts_at=START + timedelta(days=1)),)}, "window_not_open"),
        ({"maturity": 16}, "maturity_exceeded"),
    ],
)
async def test_a_trailer_is_seen_where_its_title_is(
    client: httpx.AsyncClient, world: World, changes: dict[str, Any], code: str
) -> None:
    viewer = await world.viewer(streams=0)
    young = Profile(id=viewer.profile_id, name="Kid", maturity=12)
    await world.tell(world.account(viewer.account_id, 2, profiles=(young,)))
    film, trailer = with_trailer(**changes)
    await world.tell(film)
    refused = await start(client, viewer, trailer)
    assert (refused.status_code, refused.json()["code"]) == (403, code)
    closed = [gate["code"] for gate in refused.json()["decision"]["gates"] if not gate["ok"]]
    assert code in closed and not {"no_plan", "streams_exceeded"} & set(closed)


@pytest.mark.parametrize("change", [{"status": "draft"}, {"trailers": ()}])
async def test_a_trailer_ends_with_its_title_and_when_it_is_removed(
    client: httpx.AsyncClient, world: World, change: dict[str, Any]
) -> None:
    viewer = await world.viewer(streams=0)
    film, trailer = with_trailer()
    await world.tell(film)
    session = (await start(client, viewer, trailer)).json()
    await world.tell(film.model_copy(update={"version": 2, **change}))
    over = await beat(client, viewer, session, 1, 4)
    assert (over.status_code, over.json()["reason"]) == (410, "title_not_published")


async def test_a_trailer_that_is_not_ready_says_so(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=0)
    trailer = Trailer(id=new_id(), playable_id=new_id(), name="Teaser", language="en")
    await world.tell(movie(trailers=(trailer,)))
    refused = await start(client, viewer, trailer.playable_id)
    assert (refused.status_code, refused.json()["code"]) == (403, "title_not_ready")


async def test_the_release_before_gets_no_trailers_and_none_of_their_leases(
    client: httpx.AsyncClient, world: World, url: str
) -> None:
    viewer = await world.viewer()
    film, trailer = with_trailer()
    await world.tell(film)
    await start(client, viewer, trailer)
    playing = (await start(client, viewer, film.playables[0].id)).json()
    await asyncio.to_thread(migrations.downgrade, "services.playback", url, "2026_11_26_starts")
    connection = await asyncpg.connect(url)
    try:
        leases = await connection.fetch("SELECT session_id FROM leases")
        playables = await connection.fetch("SELECT playable_id FROM playables")
    finally:
        await connection.close()
    assert [str(row["session_id"]) for row in leases] == [playing["session_id"]]
    assert [row["playable_id"] for row in playables] == [film.playables[0].id]
    await asyncio.to_thread(migrations.upgrade, "services.playback", url)
    assert (await beat(client, viewer, playing, 1, 5)).status_code == 200
