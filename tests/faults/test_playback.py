"""Faults of playback on real processes: replicas racing for slots, and `kill -9` in the middle of heartbeats."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.ports import free_port
from libs.contracts.playback import ProgressUpdated
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.playback.world import SESSIONS, Viewer, World

pytestmark = [pytest.mark.fault, pytest.mark.slow]

ROUNDS = int(os.environ.get("BIJOU_L1_ROUNDS", "5"))
KILLS = int(os.environ.get("BIJOU_R1_KILLS", "3"))


class Replica:
    """One playback process; Kafka and Redis are nowhere."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, **environment, "BIJOU_PORT": str(self.port)}
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "services.playback.main"]
            self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self._log.read_text()[-2000:]
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"not ready: {self._log.read_text()[-2000:]}")

    def state(self) -> str:
        """For whoever reads a failure: whether it still runs, and its last words."""
        status = self.process.poll() if self.process else "killed"
        return f"{self.url} exit status {status}: {self._log.read_text()[-1000:]}"

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
async def url(database: DatabaseFactory) -> str:
    return await database("services.playback")


@pytest.fixture
async def world(url: str, auth_headers: AuthHeaders) -> AsyncIterator[World]:
    async with World.on(url, auth_headers) as made:
        yield made


@pytest.fixture
def environment(url: str, jwks_cache: str) -> dict[str, str]:
    return {
        "BIJOU_DATABASE_URL": url,
        "BIJOU_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "BIJOU_REDIS_URL": "redis://127.0.0.1:1",
        "BIJOU_JWKS_URL": "http://127.0.0.1:1/jwks.json",
        "BIJOU_JWKS_CACHE": jwks_cache,
        "BIJOU_GRANT_SECRET": "a-test-secret",
        "BIJOU_LOG_LEVEL": "warning",
    }


@contextmanager
def replicas(count: int, environment: dict[str, str], folder: Path) -> Iterator[list[Replica]]:
    with ExitStack() as stack:
        made = []
        for number in range(count):
            replica = Replica(environment, folder / f"playback-{number}.log")
            stack.callback(replica.kill)
            replica.start()
            made.append(replica)
        yield made


def _client(replica: Replica) -> httpx.AsyncClient:
    """A pool of one replica's connections, given up long before the server would close them: what is sent once is asked once.

    Only connecting is tried again; a start that was sent must not be, or the count of admissions would prove nothing.
    """
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=5)
    transport = httpx.AsyncHTTPTransport(limits=limits, retries=3)
    return httpx.AsyncClient(base_url=f"{replica.url}/api/v1", timeout=60, transport=transport)


async def test_200_starts_at_once_on_3_replicas_admit_exactly_2(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """L1."""
    playable = await world.film()
    body = {"playable_id": str(playable)}
    with replicas(3, environment, tmp_path) as running:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(_client(replica)) for replica in running]
            for _ in range(ROUNDS):
                viewer = await world.viewer()
                try:
                    answers = await asyncio.gather(
                        *(clients[n % 3].post(SESSIONS, json=body, headers=viewer.headers) for n in range(200))
                    )
                except httpx.TransportError as error:
                    error.add_note("\n".join(replica.state() for replica in running))
                    raise
                assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 198
                admitted = {answer.json()["session_id"] for answer in answers if answer.status_code == 201}
                held = await world.db.pool.fetch(
                    "SELECT session_id::text, fencing FROM leases WHERE account_id = $1", viewer.account_id
                )
                assert {row["session_id"] for row in held} == admitted
                assert len({row["fencing"] for row in held}) == 2
                # Whoever was refused was told of one or two holders, and never of anybody who was not admitted.
                for answer in answers:
                    if answer.status_code == 409:
                        assert {item["session_id"] for item in answer.json()["active"]} <= admitted


async def test_a_vanished_player_frees_its_slot(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    """L4: the sweeper of any replica ends the lease; the slot was free for a start even before."""
    viewer = await world.viewer(streams=1)
    body = {"playable_id": str(await world.film())}
    short = {"BIJOU_LEASE_TTL": "2", "BIJOU_HEARTBEAT_INTERVAL": "1"}
    with replicas(2, environment | short, tmp_path) as running:
        async with httpx.AsyncClient(timeout=30) as client:
            path = f"/api/v1{SESSIONS}"
            assert (await client.post(running[0].url + path, json=body, headers=viewer.headers)).status_code == 201
            assert (await client.post(running[1].url + path, json=body, headers=viewer.headers)).status_code == 409
            async with asyncio.timeout(60):
                expired = "SELECT ended_at - started_at FROM sessions WHERE end_reason = 'expired'"
                while (late := await world.db.pool.fetchval(expired)) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            print(f"slot free {late.total_seconds():.1f} s after the start (lease 2 s)")
            assert (await client.post(running[1].url + path, json=body, headers=viewer.headers)).status_code == 201


async def test_kill_9_under_heartbeats_loses_nothing_acknowledged(
    world: World, environment: dict[str, str], tmp_path: Path
) -> None:
    """R1 for progress and leases."""
    seed = int(os.environ.get("BIJOU_SEED", str(time.time_ns() % 10**6)))
    print(f"seed {seed}")
    chance = random.Random(seed)
    playable = await world.film()
    viewers = [await world.viewer() for _ in range(8)]
    acknowledged: dict[str, list[tuple[int, float]]] = {}
    resumed: dict[str, float] = {}
    stopping = asyncio.Event()

    async def play(client: httpx.AsyncClient, viewer: Viewer, session: dict[str, Any]) -> None:
        path = f"/api/v1{SESSIONS}/{session['session_id']}/heartbeat"
        mine = acknowledged[session["session_id"]]
        seq = 0
        while not stopping.is_set():
            seq += 1
            body = {"seq": seq, "fencing": session["fencing"], "position": seq * 0.01, "state": "playing"}
            try:
                answer = await client.post(path, json=body, headers=viewer.headers)
            except httpx.TransportError:
                await asyncio.sleep(0.02)
                continue
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 200:
                mine.append((seq, body["position"]))

    async def until_more(count: int) -> None:
        goal = sum(map(len, acknowledged.values())) + count
        async with asyncio.timeout(120):
            while sum(map(len, acknowledged.values())) < goal:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    patient = {"BIJOU_LEASE_TTL": "300"}
    with replicas(1, environment | patient, tmp_path) as (replica,):
        async with httpx.AsyncClient(base_url=replica.url, timeout=30) as client:
            sessions = []
            for viewer in viewers:
                body = {"playable_id": str(playable)}
                session = (await client.post(f"/api/v1{SESSIONS}", json=body, headers=viewer.headers)).json()
                acknowledged[session["session_id"]] = []
                sessions.append(session)
            async with asyncio.TaskGroup() as group:
                for viewer, session in zip(viewers, sessions, strict=True):
                    group.create_task(play(client, viewer, session))
                for _ in range(KILLS):
                    await until_more(chance.randint(20, 120))
                    await asyncio.to_thread(replica.kill)
                    began = time.monotonic()
                    await asyncio.to_thread(replica.start)
                    print(f"ready again after {time.monotonic() - began:.1f} s")
                await until_more(50)
                stopping.set()
            # Pressed play anew, on another screen, every film goes on from where it was acknowledged to be.
            for viewer, session in zip(viewers, sessions, strict=True):
                body = {"playable_id": str(playable)}
                again = (await client.post(f"/api/v1{SESSIONS}", json=body, headers=viewer.headers)).json()
                resumed[session["session_id"]] = again["resume_at"]

    told: dict[str, list[tuple[int, float]]] = {key: [] for key in acknowledged}
    for event in await world.events(ProgressUpdated):
        told[str(event.session_id)].append((event.seq, event.position))
    rows = await world.db.pool.fetch("SELECT session_id::text AS id, position, seq FROM leases")
    state = {row["id"]: row for row in rows}
    assert set(state) >= set(acknowledged)
    for session_id, mine in acknowledged.items():
        assert mine, "every session went on after the kills"
        # The newest one stands. What was told of them (not each, within 30 s) was told once, and as it was.
        known = dict(mine)
        assert told[session_id]
        assert len(told[session_id]) == len({seq for seq, _ in told[session_id]})
        assert all(known.get(seq, position) == position for seq, position in told[session_id])
        assert state[session_id]["seq"] >= mine[-1][0]
        assert resumed[session_id] == state[session_id]["position"] >= mine[-1][1]
    print(f"{sum(map(len, acknowledged.values()))} heartbeats acknowledged, 0 lost")
