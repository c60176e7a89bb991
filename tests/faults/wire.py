"""A wire between a client and a server that can be made to swallow everything, as a failed network or machine does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Wire:
    """Forwards TCP to `host:port`. While `cut`, connections are still taken and nothing comes through, in either direction."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._whole = asyncio.Event()
        self._whole.set()
        self.accepted = 0
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1")

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        other: asyncio.StreamWriter | None = None
        try:
            await self._whole.wait()
            back, other = await asyncio.open_connection(*self._target)
            ways = [asyncio.create_task(self._pump(reader, other)), asyncio.create_task(self._pump(back, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
        except (OSError, asyncio.CancelledError):
            return
        finally:
            for end in (writer, other):
                if end is not None:
                    with suppress(RuntimeError):
                        end.close()

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._whole.wait()
                target.write(data)
                await target.drain()


@asynccontextmanager
async def to(host: str, port: int) -> AsyncIterator[Wire]:
    """A wire to a server, for as long as the block lasts."""
    wire = Wire(host, port)
    await wire.start()
    try:
        yield wire
    finally:
        wire.mend()
        await wire.stop()
