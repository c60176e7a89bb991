"""L2: random starts, heartbeats, stops, takeovers and time against a small model of what must happen."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from libs.chassis.clock import FrozenClock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.problems import Problem
from libs.contracts.token import Principal
from services.playback.grants import Grants
from services.playback.repository.starts import Play
from services.playback.service.keep_alive import KeepAlive
from services.playback.service.starting import Starting
from services.playback.settings import Settings
from services.playback.sweeper import Sweeper
from tests.conftest import Databases
from tests.playback.world import START, World, movie

T = TypeVar("T")
LIMIT = 2
TTL = 30
LONGEST = 90


@dataclass
class Held:
    """A lease as the model knows it."""

    session_id: UUID
    fencing: int
    expires: float
    acquired: int
    seq: int = 0
    position: float = 0
    alive: bool = True
    own: bool = True  # started by the sign-in that does everything else
    hard_end: float = 0


class Leases(RuleBasedStateMachine):
    """One account on a plan of two. Two replicas take turns at random; either may stop and start afresh at any step."""

    url = ""
    steps = 0
    loop: asyncio.AbstractEventLoop

    sessions = Bundle("sessions")
    takeovers = Bundle("takeovers")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize(overflow=st.sampled_from(["block_newest", "stop_oldest"]))
    def begin(self, overflow: str) -> None:
        self.clock = FrozenClock(START)
        self.overflow = overflow
        self.model: list[Held] = []
        self.fencing = 0
        self.steps = 0
        self.who = Principal(account_id=new_id(), session_id=new_id(), profile_id=new_id(), device_id=new_id())
        self.settings = Settings(database_url=self.url, lease_ttl=TTL, longest_session=LONGEST)
        self.replicas = [self.run(self.replica()) for _ in range(2)]
        self.playable = self.run(self.facts())

    async def replica(self) -> tuple[Database, Starting, KeepAlive]:
        db = Database(self.url, pool_size=1, hot_pool_size=2)
        await db.start()
        wired = (db, Grants("secret"), self.settings, self.clock)
        return db, Starting(*wired), KeepAlive(*wired)

    async def facts(self) -> UUID:
        world = World(self.replicas[0][0], lambda **_: {})
        title = movie()
        await world.tell(title, world.entitlement(self.who.account_id, max_streams=LIMIT, overflow=self.overflow))
        return title.playables[0].id

    @property
    def now(self) -> float:
        return self.clock.now().timestamp()

    def alive(self) -> list[Held]:
        """The model's leases that count now, oldest first."""
        return sorted((h for h in self.model if h.alive and h.expires > self.now), key=lambda h: h.acquired)

    def admit(self, answer: dict[str, Any], own: bool = True) -> Held:
        self.steps += 1
        assert answer["fencing"] > self.fencing
        self.fencing = answer["fencing"]
        held = Held(
            answer["session_id"], answer["fencing"], self.now + TTL, self.steps, position=answer["resume_at"], own=own,
            hard_end=self.now + LONGEST,
        )  # fmt: skip
        self.model.append(held)
        return held

    def attempt(self, work: Coroutine[Any, Any, T]) -> T | Problem:
        try:
            return self.run(work)
        except Problem as problem:
            return problem

    @rule(target=sessions, replica=st.integers(0, 1))
    def start(self, replica: int) -> Held | None:
        answer = self.attempt(self.replicas[replica][1].start(self.who, Play(self.playable, None)))
        holders = self.alive()
        if len(holders) < LIMIT:
            assert isinstance(answer, dict)
        elif self.overflow == "stop_oldest":
            assert isinstance(answer, dict)
            holders[0].alive = False
        else:
            assert isinstance(answer, Problem) and answer.code == "streams_exceeded"
            assert [item["session_id"] for item in answer.members["active"]] == [str(h.session_id) for h in holders]
            self.offer = (answer.members["takeover"]["href"].rsplit("/", 1)[1], holders[0], self.now + 120)
            return None
        return self.admit(answer)

    @rule(target=sessions, held=sessions, replica=st.integers(0, 1), same=st.booleans())
    def start_in_its_place(self, held: Held | None, replica: int, same: bool) -> Held | None:
        """`same`: from the sign-in that started it; another one's word ends nothing."""
        if held is None:
            return None
        who = self.who if same else replace(self.who, session_id=new_id())
        play = Play(self.playable, None, replaces=held.session_id)
        answer = self.attempt(self.replicas[replica][1].start(who, play))
        if same and held.own:
            held.alive = False
        holders = self.alive()
        if len(holders) >= LIMIT and self.overflow == "stop_oldest":
            holders[0].alive = False
            holders = self.alive()
        if len(holders) >= LIMIT:
            assert isinstance(answer, Problem) and answer.code == "streams_exceeded"
            return None
        assert isinstance(answer, dict)
        return self.admit(answer, own=same)

    @rule(target=takeovers)
    def keep_the_offer(self) -> Any:
        return self.__dict__.pop("offer", None)

    @rule(target=sessions, offer=takeovers, replica=st.integers(0, 1))
    def take_over(self, offer: Any, replica: int) -> Held | None:
        if offer is None:
            return None
        token, oldest, until = offer
        used = self.__dict__.setdefault("used", set())
        answer = self.attempt(self.replicas[replica][1].take_over(self.who, token))
        if token in used or until <= self.now:
            assert isinstance(answer, Problem) and answer.code == "takeover_expired"
            return None
        used.add(token)
        holders = self.alive()
        if len(holders) >= LIMIT and oldest not in holders:
            assert isinstance(answer, Problem) and answer.code == "streams_exceeded"
            self.offer = (answer.members["takeover"]["href"].rsplit("/", 1)[1], holders[0], self.now + 120)
            return None
        assert isinstance(answer, dict)
        if len(holders) >= LIMIT:
            oldest.alive = False
        return self.admit(answer)

    @rule(
        held=sessions,
        replica=st.integers(0, 1),
        step=st.integers(-1, 2),
        position=st.floats(0, 600),
        stale=st.booleans(),
    )
    def heartbeat(self, held: Held | None, replica: int, step: int, position: float, stale: bool) -> None:
        if held is None:
            return
        seq = max(1, held.seq + step)
        fencing = held.fencing - 1 if stale and held.fencing > 1 else held.fencing
        answer = self.attempt(
            self.replicas[replica][2].heartbeat(
                held.session_id, self.who, fencing=fencing, seq=seq, position=position, state="playing"
            )
        )
        if held not in self.alive() or fencing != held.fencing:
            assert isinstance(answer, Problem) and answer.code == "lease_lost"
            return
        assert isinstance(answer, dict)
        if seq > held.seq:
            held.seq, held.position, held.expires = seq, position, min(self.now + TTL, held.hard_end)
        assert answer["expires_at"].timestamp() == held.expires

    @rule(held=consumes(sessions), replica=st.integers(0, 1))
    def release(self, held: Held | None, replica: int) -> None:
        if held is not None:
            self.run(self.replicas[replica][2].end(held.session_id, self.who.account_id, reason="stopped"))
            held.alive = False

    @rule(seconds=st.sampled_from([1, 9, 10, 29, 30, 31]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(replica=st.integers(0, 1))
    def sweep(self, replica: int) -> None:
        self.run(Sweeper(self.replicas[replica][0], 1).sweep(self.clock.now()))

    @rule(replica=st.integers(0, 1))
    def crash(self, replica: int) -> None:
        """A replica is gone and another one takes its place; only what was committed is left."""
        pool = self.replicas[replica][0].pool
        pool.terminate()
        self.replicas[replica] = self.run(self.replica())

    @invariant()
    def the_database_agrees(self) -> None:
        if "replicas" not in self.__dict__:
            return
        Leases.steps += 1
        rows = self.run(self.replicas[0][2].active(self.who.account_id))
        assert len(rows) <= LIMIT
        assert [(row["session_id"], row["position"]) for row in rows] == [
            (h.session_id, h.position) for h in self.alive()
        ]

    def teardown(self) -> None:
        for db, *_ in self.__dict__.get("replicas", ()):
            self.run(db.stop())


@pytest.mark.slow
def test_leases_against_their_model(databases: Databases, request: pytest.FixtureRequest) -> None:
    name = databases.migrated("services.playback")
    Leases.url = databases.url(name)
    Leases.loop = asyncio.new_event_loop()
    chosen = request.config.getoption("--hypothesis-profile") or "leases"
    try:
        run_state_machine_as_test(Leases, settings=settings.get_profile(chosen))
    finally:
        print(f"{Leases.steps} steps against the model")
        Leases.loop.close()
        databases.drop(name)
