"""Events in: state only moves forward, and what is revoked stops playing."""

from __future__ import annotations

import random
from datetime import timedelta

import httpx
import orjson
import pytest

from libs.chassis.clock import SystemClock
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus
from libs.contracts.envelope import Event
from libs.contracts.identity import Device, Profile, SessionsRevoked
from libs.contracts.playback import SessionEnded
from libs.contracts.watch import PositionSet
from services.playback import consumers
from services.playback.schemas.playables import PlayableAnswer
from tests.chassis.records import records
from tests.playback.world import START, World, beat, movie, start


async def test_older_events_change_nothing(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    title = movie(version=5)
    await world.tell(title)
    await world.tell(
        title.model_copy(update={"version": 4, "status": "archived", "playables": ()}),
        world.entitlement(viewer.account_id, 3, max_streams=2),
        world.entitlement(viewer.account_id, 2, status="none"),
        world.account(viewer.account_id, 0, status="suspended"),
    )
    assert (await start(client, viewer, title.playables[0].id)).status_code == 201


async def test_events_may_come_again(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    title = movie()
    await world.tell(title, title, title)
    assert (await start(client, viewer, title.playables[0].id)).status_code == 201


async def test_a_playable_taken_out_of_its_title_is_gone(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    title = movie()
    await world.tell(title, title.model_copy(update={"version": 2, "playables": ()}))
    assert (await start(client, viewer, title.playables[0].id)).status_code == 404


async def test_suspension_ends_what_is_playing(client: httpx.AsyncClient, world: World) -> None:
    viewer, other = await world.viewer(), await world.viewer()
    playable = await world.film()
    session = (await start(client, viewer, playable)).json()
    others = (await start(client, other, playable)).json()
    await world.tell(world.account(viewer.account_id, 2, status="suspended"))
    assert (await beat(client, viewer, session, 1, 1)).json()["reason"] == "account_suspended"
    assert (await beat(client, other, others, 1, 1)).status_code == 200


async def test_a_revoked_sign_in_ends_its_own_streams(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film()
    session = (await start(client, viewer, playable)).json()
    elsewhere = world.signed_in(viewer.account_id, viewer.profile_id, new_id())
    kept = (await start(client, elsewhere, playable)).json()
    revoked = SessionsRevoked(
        account_id=viewer.account_id, session_ids=(viewer.sign_in_id,), reason="signed_out", revoked_at=START
    )
    await world.tell(revoked, revoked)
    assert (await beat(client, viewer, session, 1, 1)).status_code == 410
    assert (await beat(client, elsewhere, kept, 1, 1)).status_code == 200
    assert (await start(client, viewer, playable)).json()["code"] == "signed_out"
    assert [(event.reason, event.code) for event in await world.events(SessionEnded)] == [("revoked", "signed_out")]


async def test_a_removed_device_stops_playing_and_may_come_back(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer()
    playable = await world.film()
    session = (await start(client, viewer, playable)).json()
    profiles = (Profile(id=viewer.profile_id, name="Ada"),)
    await world.tell(world.account(viewer.account_id, 2, profiles=profiles))
    assert (await beat(client, viewer, session, 1, 1)).status_code == 410
    assert (await start(client, viewer, playable)).json()["code"] == "device_removed"
    await world.tell(
        world.account(viewer.account_id, 3, profiles=profiles, devices=(Device(id=viewer.device_id, name="TV"),))
    )
    assert (await start(client, viewer, playable)).status_code == 201


@pytest.mark.parametrize("whole", [True, False], ids=["account", "profile"])
async def test_nothing_is_left_of_who_was_erased_and_nothing_comes_back(
    client: httpx.AsyncClient, world: World, whole: bool
) -> None:
    viewer = await world.viewer()
    title = movie()
    await world.tell(title)
    session = (await start(client, viewer, title.playables[0].id)).json()
    assert (await beat(client, viewer, session, 1, 300)).status_code == 200
    # Its lease has run out, and no sweeper was there yet.
    await world.db.pool.execute("UPDATE leases SET expires_at = now() - interval '1 minute', untold = true")
    late = PositionSet(
        profile_id=viewer.profile_id, account_id=viewer.account_id, title_id=title.title_id,
        playable_id=title.playables[0].id, position=70, occurred_at=START.replace(year=2026, month=1),
    )  # fmt: skip
    unknown = new_id()
    await world.tell(late, late.model_copy(update={"profile_id": unknown}))
    gone = world.account(
        viewer.account_id, 2, status="erased" if whole else "active", erased_profiles=(viewer.profile_id, unknown)
    )
    await world.tell(gone, late, late.model_copy(update={"profile_id": unknown}), gone)
    await world.tell(world.entitlement(viewer.account_id, 9, status="canceled"))
    for table in ("positions", "sessions", "leases"):
        assert await world.db.pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert await world.db.pool.fetchval("SELECT count(*) FROM entitlements") == (0 if whole else 1)
    left = await world.db.pool.fetch("SELECT name, removed FROM profiles UNION ALL SELECT name, removed FROM devices")
    assert [tuple(row) for row in left] == [("", True)] * 3
    await world.tell(world.account(viewer.account_id, profiles=(Profile(id=viewer.profile_id, name="Ada"),)))
    assert not await world.db.pool.fetchval("SELECT count(*) FROM profiles WHERE name <> ''")


async def test_positions_from_elsewhere_count_when_they_are_newer(client: httpx.AsyncClient, world: World) -> None:
    viewer = await world.viewer(streams=9)
    title = movie()
    await world.tell(title)

    async def set_to(position: float | None, minutes_ago: int) -> float:
        await world.tell(
            PositionSet(
                profile_id=viewer.profile_id, account_id=viewer.account_id, title_id=title.title_id,
                playable_id=title.playables[0].id, position=position,
                occurred_at=START.replace(year=2026, month=1) - timedelta(minutes=minutes_ago),
            )
        )  # fmt: skip
        found: float = (await start(client, viewer, title.playables[0].id)).json()["resume_at"]
        return found

    assert await set_to(100, 10) == 100
    assert await set_to(50, 20) == 100
    assert await set_to(70, 5) == 70
    assert await set_to(None, 1) == 0


async def test_the_newest_of_a_batch_holds_for_every_account_in_it(client: httpx.AsyncClient, world: World) -> None:
    """Facts of many accounts in one batch, in no order, some twice."""
    viewers = [await world.viewer(known=False, streams=0) for _ in range(30)]
    title = movie()
    await world.tell(title)
    events: list[Event] = []
    for viewer in viewers:
        profiles = (Profile(id=viewer.profile_id, name="Ada"),)
        events += [
            world.account(viewer.account_id, 2, profiles=profiles),
            world.account(viewer.account_id, 1, status="suspended"),
            world.entitlement(viewer.account_id, 2),
            world.entitlement(viewer.account_id, 1, status="none"),
        ]
    random.Random(5).shuffle(events)
    (consumer,) = consumers.consumers(world.db, Bus("127.0.0.1:1", service="test"), SystemClock())
    await consumer.apply(records(*events))
    for viewer in viewers:
        assert (await start(client, viewer, title.playables[0].id)).status_code == 201
    rows = await world.db.pool.fetch("SELECT version FROM accounts UNION ALL SELECT version FROM entitlements")
    assert [row["version"] for row in rows] == [2] * 60
    assert await world.db.pool.fetchval("SELECT count(*) FROM inbox") == 0


async def test_a_batch_ends_the_streams_it_should_and_no_other(client: httpx.AsyncClient, world: World) -> None:
    playable = await world.film()
    viewers = [await world.viewer() for _ in range(3)]
    sessions = [(await start(client, viewer, playable)).json() for viewer in viewers]
    (consumer,) = consumers.consumers(world.db, Bus("127.0.0.1:1", service="test"), SystemClock())
    profiles = [(Profile(id=viewer.profile_id, name="Ada"),) for viewer in viewers]
    devices = [(Device(id=viewer.device_id, name="TV"),) for viewer in viewers]
    await consumer.apply(
        records(
            world.account(viewers[0].account_id, 2, profiles=profiles[0], devices=devices[0], status="suspended"),
            world.account(viewers[1].account_id, 2, profiles=profiles[1], devices=devices[1]),
            world.account(viewers[2].account_id, 2, profiles=profiles[2]),
        )
    )
    beats = [await beat(client, *pair, 1, 1) for pair in zip(viewers, sessions, strict=True)]
    assert [answer.status_code for answer in beats] == [410, 200, 410]


async def test_an_answer_is_one_model_for_its_writer_and_its_reader(client: httpx.AsyncClient, world: World) -> None:
    """A row from before a field was added is read as if the field were at its default."""
    viewer, title = await world.viewer(), movie()
    await world.tell(title)
    stored = orjson.loads(await world.db.pool.fetchval("SELECT answer::text FROM playables"))
    assert PlayableAnswer.model_validate(stored).model_dump(mode="json") == stored
    await world.db.pool.execute("UPDATE playables SET answer = answer - 'next_episode' #- '{title,backdrop_url}'")
    session = (await start(client, viewer, title.playables[0].id)).json()
    assert (session["next_episode"], session["title"]["backdrop_url"]) == (None, None)
    assert session["title"]["name"] == "Still Water"
