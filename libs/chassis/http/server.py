"""How a service listens: uvicorn on httptools, and nothing on a connection has two readings."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Longer than the gateway's patience with uploads, so that the gateway can say what happened.
STALLED = 150.0
# How often the Date of answers is renewed.
TICK_SECONDS = 1.0


class Ambiguous(ValueError):
    """A request that somebody in front of us may have read otherwise."""


class StrictProtocol(HttpToolsProtocol):
    """Closes the connection where uvicorn would go on reading after what it did not understand, or wait without end.

    An upgrade nobody offers and CONNECT end the parser's reading of the body, so what follows would be taken for the next
    request; chunks do not exist in HTTP/1.0; and a trailer must not become a header. A body that stops coming ends its request
    after `STALLED` seconds: its sender may be a machine that is gone.
    """

    _received = 0
    _watching: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._received += len(data)
        if self._watching is None and self._waits_for_body():
            self._watch(self._received)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watching is not None:
            self._watching.cancel()
        super().connection_lost(exc)

    def _waits_for_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.transport.is_closing()

    def _watch(self, received: int) -> None:
        self._watching = self.loop.call_later(STALLED, self._look, received)

    def _look(self, before: int) -> None:
        self._watching = None
        if not self._waits_for_body():
            return
        # While the application does not read on, the silence is its own.
        if self._received == before and not self.flow.read_paused:
            self.transport.abort()
        else:
            self._watch(self._received)

    def on_headers_complete(self) -> None:
        parser = self.parser
        old = parser.get_http_version() != "1.1"
        if parser.should_upgrade() or (old and any(name == b"transfer-encoding" for name, _ in self.headers)):
            raise Ambiguous
        super().on_headers_complete()
        self.headers = []  # trailers are put here, beside those that the application has


class Server(uvicorn.Server):
    """Is told when to end. uvicorn looks ten times a second, which costs an idle service a third of a percent of a core."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):  # which sets the Date of answers too
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._told.wait()

    def drain(self, _sig: int, _frame: FrameType | None) -> None:
        """End as on SIGTERM, but wait for requests in hand for as long as they take: whoever asks has a deadline of its own."""
        self.config.timeout_graceful_shutdown = None
        os.kill(os.getpid(), signal.SIGTERM)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)


# Every one of our servers listens like this, whatever its port.
LISTENING: dict[str, Any] = {
    "http": StrictProtocol,
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    # Longer than the gateway keeps its idle connections, so that it never writes into a closing one.
    "timeout_keep_alive": 75,
}
