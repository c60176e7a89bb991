"""PostgreSQL frozen, or behind a network that swallows everything: answers in time, and everything as before afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from fastapi import APIRouter
from sqlalchemy import text

from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.data import database, postgres
from libs.chassis.data.database import Database, is_transient
from libs.chassis.http import app
from libs.chassis.ids import new_id
from libs.chassis.security import auth
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings
from tests import backends
from tests.chassis.conftest import eventually
from tests.faults import wire

pytestmark = pytest.mark.fault

ADD = "INSERT INTO facts (id) VALUES ($1)"


def service(db: Database) -> APIRouter:
    """One write by each way to the database, and an answer that needs none."""
    router = APIRouter(dependencies=[auth.PUBLIC])

    @router.post("/session")
    async def session() -> str:
        made = new_id()
        async with db.transaction() as session:
            await session.execute(text("INSERT INTO facts (id) VALUES (:id)"), {"id": made})
        return str(made)

    @router.post("/hot")
    async def hot() -> str:
        made = new_id()
        await db.pool.execute(ADD, made)
        return str(made)

    @router.post("/locked")
    async def locked() -> str:
        made = new_id()
        async with db.pool.acquire() as connection, connection.transaction():
            await connection.execute(ADD, made)
        return str(made)

    @router.get("/nothing")
    async def nothing() -> str:
        return "here"

    return router


WRITES = ("/session", "/hot", "/locked")


@asynccontextmanager
async def serving(url: str) -> AsyncIterator[tuple[httpx.AsyncClient, Database]]:
    db = Database(url, pool_size=2, hot_pool_size=2, statement_timeout_ms=500)
    made = app.create("sample", ServiceSettings(), routers=[service(db)], components=[db], verifier=Verifier())
    async with made.router.lifespan_context(made):
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url="http://sample", timeout=None) as client:
            yield client, db


async def burst(client: httpx.AsyncClient, acknowledged: set[str]) -> list[httpx.Response]:
    """More of each write than there are connections, all at once."""
    answers = await asyncio.gather(*(client.post(path) for path in WRITES for _ in range(6)))
    acknowledged.update(answer.json() for answer in answers if answer.status_code == 200)
    return list(answers)


async def survives(url: str, stop: Callable[[], None], go_on: Callable[[], None]) -> None:
    """What must hold whatever the fault is."""
    acknowledged: set[str] = set()
    async with serving(url) as (client, db):
        await db.pool.execute("CREATE TABLE facts (id uuid PRIMARY KEY)")
        assert {answer.status_code for answer in await burst(client, acknowledged)} == {200}
        stop()
        try:
            for _ in range(2):  # the first ones meet open connections, the next ones must open their own
                waiting = asyncio.create_task(burst(client, acknowledged))
                assert (await client.get("/nothing")).json() == "here"
                for answer in await waiting:
                    assert answer.status_code == 503, answer.text
                    assert answer.headers["Retry-After"] == "2"
                    assert answer.json()["retryable"] is True
            assert (await client.get("/readyz")).status_code == 503
        finally:
            go_on()

        async def well() -> bool:
            return {answer.status_code for answer in await burst(client, acknowledged)} == {200}

        await eventually(well, 60)
        assert (await client.get("/readyz")).status_code == 200
        stored = {str(row["id"]) for row in await db.pool.fetch("SELECT id FROM facts")}
        assert acknowledged <= stored
        # Nothing leaked: every connection can be had at once.
        async with asyncio.timeout(30), db.pool.acquire(), db.pool.acquire(), db.engine.connect(), db.engine.connect():
            pass


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bounds, shorter, so that the test is."""
    monkeypatch.setattr(database, "POOL_SECONDS", 1.0)
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 1.0)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("impatient")
async def test_a_wire_that_swallows_everything(empty_database: str) -> None:
    parts = urlsplit(empty_database)
    async with wire.to(str(parts.hostname), int(parts.port or 5432)) as between:
        url = empty_database.replace(f":{parts.port}/", f":{between.port}/").replace(str(parts.hostname), "127.0.0.1")
        await survives(url, between.cut, between.mend)


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    with backends.folder() as place:
        node = Postgres(place / "data", free_port(), "test", place / "postgres.log", disposable=True)
        try:
            node.start()
            yield node
        finally:
            node.stop()


def signal_all(pid: int, number: int) -> None:
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        os.kill(process.pid, number)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("impatient")
async def test_a_server_that_is_frozen(own_server: Postgres) -> None:
    assert own_server.pid is not None
    pid = own_server.pid
    await survives(own_server.url, lambda: signal_all(pid, signal.SIGSTOP), lambda: signal_all(pid, signal.SIGCONT))


async def test_both_ends_watch_the_socket(empty_database: str) -> None:
    db = Database(empty_database)
    await db.start()
    try:
        pooled: Any = await db.pool.acquire()
        direct: Any = await db.direct()
        for connection, asyncpgs in ((pooled, pooled._con), (direct, direct)):
            ours = asyncpgs._transport.get_extra_info("socket")
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            if hasattr(socket, "TCP_USER_TIMEOUT"):
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == postgres.UNANSWERED_MS
                assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == postgres.IDLE_SECONDS
            for name, value in postgres.WATCHED.items():
                assert await connection.fetchval("SELECT setting FROM pg_settings WHERE name = $1", name) == value
            connection.terminate()
    finally:
        await db.stop()


async def test_waiting_for_a_connection_is_transient(empty_database: str) -> None:
    """A consumer that finds every connection in use must wait, and not put good events aside."""
    db = Database(empty_database, pool_size=1, hot_pool_size=1)
    await db.start()
    try:
        async with db.pool.acquire():
            with pytest.raises(TimeoutError) as hot:
                await db.pool.acquire(timeout=0.01)
        assert is_transient(hot.value)
    finally:
        await db.stop()
