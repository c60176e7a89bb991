"""Watchstate as a process of its own, with a real broker: killed and told to stop while it works."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from deploy.local.ports import free_port
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.contracts.catalog import Playable, PlayableAsset, TitleChanged
from libs.contracts.envelope import Event
from libs.contracts.playback import ProgressUpdated
from tests.conftest import AuthHeaders, DatabaseFactory

START = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Process:
    """The service, run as the platform runs it."""

    def __init__(self, **settings: str) -> None:
        self.port = free_port()
        self._env = {**os.environ, **{f"BIJOU_{name.upper()}": value for name, value in settings.items()}}
        self._env |= {"BIJOU_PORT": str(self.port), "BIJOU_LOG_LEVEL": "error"}
        self._process: asyncio.subprocess.Process | None = None
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.watchstate.main", env=self._env
        )
        async with asyncio.timeout(90):
            while True:
                try:
                    if (await self.client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)

    async def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()


@pytest.fixture
async def process(
    database: DatabaseFactory, jwks_cache: str, kafka_bootstrap: str
) -> AsyncIterator[tuple[Process, str]]:
    url = await database("services.watchstate")
    made = Process(database_url=url, jwks_cache=jwks_cache, kafka_bootstrap=kafka_bootstrap)
    await made.start()
    yield made, url
    await made.end(signal.SIGKILL)
    await made.client.aclose()


def outgoing(event: Event) -> Outgoing:
    return Outgoing(
        topic=event.TOPIC.name, key=event.key(), event_id=new_id(), type=event.TYPE, time=START,
        value=orjson.dumps(event.model_dump(mode="json")),
    )  # fmt: skip


def film(name: str) -> TitleChanged:
    asset = PlayableAsset(asset_id=new_id(), duration=10_000, hls="h", dash="d")
    return TitleChanged(
        title_id=new_id(), version=1, type="movie", status="published", name=name, changed_at=START,
        playables=(Playable(id=new_id(), name=name, asset=asset),),
    )  # fmt: skip


@pytest.mark.fault
async def test_kill_9_loses_nothing_and_applies_everything_once(
    process: tuple[Process, str], kafka_bootstrap: str, auth_headers: AuthHeaders
) -> None:
    service, url = process
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    account, profile, session = new_id(), new_id(), new_id()
    headers = auth_headers(account_id=account, profile_id=profile)
    films = [film(f"Film {n}") for n in range(40)]
    bus = Bus(kafka_bootstrap, service="test")
    await bus.start()
    acknowledged: list[str] = []
    positions = 400
    try:
        await bus.ready()
        for title in films:
            await bus.send(outgoing(title))

        async def play() -> None:
            for seq in range(1, positions + 1):
                title = films[seq % 4]
                event = ProgressUpdated(
                    profile_id=profile, account_id=account, session_id=session, title_id=title.title_id,
                    playable_id=title.playables[0].id, seq=seq, position=float(seq), duration=10_000, state="playing",
                    occurred_at=START + timedelta(seconds=seq),
                )  # fmt: skip
                await bus.send(outgoing(event))

        async def add() -> None:
            for title in films:
                async with asyncio.timeout(120):
                    while True:
                        try:
                            answer = await service.client.post(
                                "/api/v1/me/list", json={"title_id": str(title.title_id)}, headers=headers
                            )
                        except httpx.TransportError:
                            await asyncio.sleep(0.05)
                            continue
                        if answer.status_code in (201, 409):
                            acknowledged.append(str(title.title_id))
                            break
                        assert answer.status_code == 404, answer.text  # its title has not arrived yet
                        await asyncio.sleep(0.05)

        async def kill() -> None:
            for _ in range(3):
                await asyncio.sleep(chance.uniform(0.1, 0.6))
                await service.end(signal.SIGKILL)
                await service.start()

        await asyncio.gather(play(), add(), kill())
        async with asyncio.timeout(120):
            while True:
                answer = await service.client.get("/api/v1/me/continue-watching", headers=headers)
                found = sorted(item["position"] for item in answer.json()["items"])
                if found == [397, 398, 399, 400]:
                    break
                await asyncio.sleep(0.2)
    finally:
        await bus.stop()
    listed = (await service.client.get("/api/v1/me/list", headers=headers)).json()["items"]
    assert [item["title_id"] for item in listed] == acknowledged[::-1]
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM dead_letters") == 0
        # One entry for each position that was news and each addition: nothing was applied twice.
        count = "SELECT count(*) FROM sync_log WHERE kind = $1"
        assert await connection.fetchval(count, "list") == len(films)
        assert await connection.fetchval(count, "progress") <= positions
    finally:
        await connection.close()


async def test_told_to_stop_it_ends_its_streams_properly(
    process: tuple[Process, str], auth_headers: AuthHeaders
) -> None:
    service, _ = process
    headers = auth_headers(profile_id=new_id())
    async with service.client.stream("GET", "/api/v1/me/sync", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        blocks: Any = answer.aiter_text()
        assert "id: 0" in await anext(blocks)
        ending = asyncio.create_task(service.end(signal.SIGTERM))
        # A stream that is cut instead of ended raises here.
        assert [block async for block in blocks] == []
    assert await ending in (0, -signal.SIGTERM)
