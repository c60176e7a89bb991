"""The broker frozen, or behind a network that swallows everything: writes go on, and every event arrives afterwards."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter

from deploy.local.nodes.tansu import Tansu
from deploy.local.ports import free_port
from libs.chassis.components import Component
from libs.chassis.data.database import Database
from libs.chassis.http import app
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer
from libs.chassis.security import auth
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings
from libs.contracts.catalog import TitleChanged
from tests import backends
from tests.chassis.conftest import eventually, note, title
from tests.conftest import DatabaseFactory
from tests.faults import wire

pytestmark = pytest.mark.fault


def service(db: Database) -> APIRouter:
    router = APIRouter(dependencies=[auth.PUBLIC])

    @router.post("/notes")
    async def notes() -> str:
        made = new_id()
        async with db.transaction() as session:
            await outbox.add(session, title(made, 1))
        return str(made)

    return router


@asynccontextmanager
async def serving(url: str, bootstrap: str) -> AsyncIterator[tuple[httpx.AsyncClient, Database, Bus]]:
    db, bus = Database(url), Bus(bootstrap, service="sample")
    components: list[Component] = [db, bus, outbox.Relay(db, bus), Consumer("sample", db, bus, {TitleChanged: note})]
    made = app.create("sample", ServiceSettings(), routers=[service(db)], components=components, verifier=Verifier())
    async with made.router.lifespan_context(made):
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url="http://sample", timeout=None) as client:
            yield client, db, bus


async def survives(url: str, bootstrap: str, stop: Callable[[], None], go_on: Callable[[], None]) -> None:
    written: set[str] = set()
    async with serving(url, bootstrap) as (client, db, bus):

        async def write() -> None:
            for answer in await asyncio.gather(*(client.post("/notes") for _ in range(10))):
                assert answer.status_code == 200, answer.text
                written.add(answer.json())

        async def all_applied() -> bool:
            applied = {str(row["id"]): row["applied"] for row in await db.pool.fetch("SELECT id, applied FROM notes")}
            return applied == dict.fromkeys(written, 1)

        async def noticed() -> bool:
            await write()
            return bus.epoch is None

        await write()
        await eventually(all_applied, 60)
        stop()
        try:
            await eventually(noticed, 90)
            assert (await client.get("/readyz")).status_code == 200  # the service itself is well
        finally:
            go_on()
        await eventually(all_applied, 90)
        await write()
        await eventually(all_applied, 60)


@pytest.mark.timeout(300)
async def test_a_broker_that_is_frozen(database: DatabaseFactory, fresh_broker: Tansu) -> None:
    pid = fresh_broker.pid
    assert pid is not None
    await survives(
        await database("tests.chassis.sample"),
        fresh_broker.bootstrap,
        lambda: os.kill(pid, signal.SIGSTOP),
        lambda: os.kill(pid, signal.SIGCONT),
    )


class Elsewhere(Tansu):
    """A broker that tells its clients another port than the one it listens on."""

    told: int

    def command(self) -> list[str]:
        command = super().command()
        return [part.replace(str(self.port), str(self.told)) if "advertised" in part else part for part in command]


@pytest.mark.timeout(300)
async def test_a_wire_that_swallows_everything(database: DatabaseFactory) -> None:
    async with AsyncExitStack() as stack:
        place = stack.enter_context(backends.folder())
        broker = Elsewhere(free_port(), place / "tansu.log")
        between = await stack.enter_async_context(wire.to("127.0.0.1", broker.port))
        broker.told = between.port
        stack.callback(broker.stop)
        await asyncio.to_thread(broker.start)
        url = await database("tests.chassis.sample")
        await survives(url, f"127.0.0.1:{between.port}", between.cut, between.mend)
