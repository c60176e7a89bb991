"""A heartbeat has two roads, one by what its lease was judged by and one that judges: nobody can tell them apart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.problems import Problem
from libs.contracts.playback import ProgressUpdated
from libs.contracts.token import Principal
from services.playback.grants import Grants
from services.playback.repository.starts import Play
from services.playback.service.keep_alive import KeepAlive
from services.playback.service.starting import Starting
from services.playback.settings import Settings
from tests.conftest import Databases
from tests.playback.world import START, World, movie

LEASE = "SELECT seq, position, state, beat_at, expires_at, untold, told_at, ends_at, ends_code FROM leases WHERE session_id = $1"
ASK = "UPDATE leases SET judged_at = NULL WHERE session_id = $1"


@dataclass(frozen=True)
class Beat:
    """`seconds` after the one before; `seq` and `position` beside the one before. Without a `state` it stays as it was."""

    seconds: float = 10
    seq: int = 1
    position: float = 10
    state: str | None = None
    fencing: int = 0


REGULAR = st.builds(Beat, seconds=st.sampled_from([0, 1, 5, 10]), position=st.sampled_from([-3, 0, 1, 5, 5.5, 10]))
ODD = st.builds(
    Beat,
    seconds=st.sampled_from([0, 10, 29, 30, 31]),
    seq=st.sampled_from([-1, 0, 1, 2]),
    position=st.sampled_from([-10, 0, 10, 20, 40, 600]),
    state=st.sampled_from([None, "playing", "paused", "buffering", "ended"]),
    fencing=st.sampled_from([0, 0, 1]),
)
BEATS = st.lists(st.one_of(REGULAR, REGULAR, ODD), min_size=4, max_size=25)


class Roads:
    """The same viewer twice, on two accounts: one takes the road it finds, the other is judged at every heartbeat."""

    def __init__(self, db: Database, url: str) -> None:
        self.clock = FrozenClock(START)
        wired = (db, Grants("secret"), Settings(database_url=url), self.clock)
        self.db, self.starting, self.keeping = db, Starting(*wired), KeepAlive(*wired)
        self.plain = 0

    async def compare(self, beats: list[Beat]) -> None:
        world, title = World(self.db, lambda **_: {}), movie()
        twins = [Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id()) for _ in range(2)]
        await world.tell(title, *(world.entitlement(who.account_id, valid_until=None) for who in twins))
        play = Play(title.playables[0].id, None)
        sessions = [await self.starting.start(who, play) for who in twins]
        seq, position, state = 0, 0.0, "playing"
        for beat in beats:
            self.clock.advance(beat.seconds)
            seq, position, state = max(1, seq + beat.seq), max(0.0, position + beat.position), beat.state or state
            await self.db.pool.execute(ASK, sessions[1]["session_id"])
            said = {"seq": seq, "position": position, "state": state}
            free, judged = [
                await self.sent(who, session, fencing=session["fencing"] + beat.fencing, **said)
                for who, session in zip(twins, sessions, strict=True)
            ]
            assert free == judged
        for who, session in zip(twins, sessions, strict=True):
            await self.keeping.end(session["session_id"], who.account_id, reason="stopped", position=position)
        free, judged = [await self.left_by(world, who) for who in twins]
        assert free == judged

    async def sent(self, who: Principal, session: dict[str, Any], **said: Any) -> Any:
        """What a heartbeat is answered and leaves on its lease."""
        before = await self.db.pool.fetchval(
            "SELECT judged_at FROM leases WHERE session_id = $1", session["session_id"]
        )
        try:
            answer = await self.keeping.heartbeat(session["session_id"], who, **said)
        except Problem as problem:
            found: Any = (problem.code, problem.members)
        else:
            found = {name: value for name, value in answer.items() if name != "grant"}
        row = await self.db.pool.fetchrow(LEASE, session["session_id"])
        after = await self.db.pool.fetchval("SELECT judged_at FROM leases WHERE session_id = $1", session["session_id"])
        self.plain += before is not None and after == before and row is not None and row["beat_at"] == self.clock.now()
        return found, row and tuple(row)

    async def left_by(self, world: World, who: Principal) -> Any:
        position = await self.db.pool.fetchrow(
            "SELECT position, ended, occurred_at FROM positions WHERE profile_id = $1", who.profile_id
        )
        told = [
            (event.seq, event.position, event.state, event.occurred_at)
            for event in await world.events(ProgressUpdated)
            if event.profile_id == who.profile_id
        ]
        return position and tuple(position), told


@pytest.mark.slow
def test_both_roads_of_a_heartbeat_leave_the_same(databases: Databases) -> None:
    name = databases.migrated("services.playback")
    url = databases.url(name)
    loop = asyncio.new_event_loop()
    db = Database(url, pool_size=1, hot_pool_size=1)
    plain = 0

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BEATS)
    def compare(beats: list[Beat]) -> None:
        nonlocal plain
        roads = Roads(db, url)
        loop.run_until_complete(roads.compare(beats))
        plain += roads.plain

    try:
        loop.run_until_complete(db.start())
        compare()
        assert plain > 20  # or nothing was compared
    finally:
        loop.run_until_complete(db.stop())
        loop.close()
        databases.drop(name)
