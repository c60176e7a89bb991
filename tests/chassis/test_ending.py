"""A service ends when it is told to, without looking for it."""

import asyncio
import signal

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from libs.chassis.http import server
from libs.chassis.http.server import LISTENING, Server
from tests.chassis.conftest import eventually


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None: ...


async def test_a_server_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TICK_SECONDS", 3600.0)
    running = Server(uvicorn.Config(nothing, port=0, lifespan="off", **LISTENING))
    task = asyncio.create_task(running._serve())

    async def started() -> bool:
        return running.started

    await eventually(started)
    running.handle_exit(signal.SIGTERM, None)
    async with asyncio.timeout(30):
        await task
