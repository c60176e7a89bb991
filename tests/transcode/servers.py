"""The API on real sockets, in this process or in one that can be killed, and senders that hang up."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from pipelines.transcode.main import create_app
from pipelines.transcode.settings import Settings


def noise(length: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(length)


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[str, int]]:
    """The API on a real socket."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_config=None, access_log=False))
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()
    server.should_exit = True
    await task


async def cut(
    address: tuple[str, int], where: str, headers: dict[str, str], offset: int, data: bytes, most: int
) -> None:
    """Announce everything that is left, send only `most` bytes, and hang up."""
    _, writer = await asyncio.open_connection(*address)
    lines = {**headers, "Upload-Offset": str(offset), "Content-Length": str(len(data) - offset)}
    lines |= {"Host": "transcode", "Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}
    head = f"PATCH {where} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    writer.write(head.encode() + data[offset : offset + most])
    await writer.drain()
    writer.transport.abort() if most % 2 else writer.close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def api_process(
    settings: Settings, port: int, module: str = "pipelines.transcode.main", *arguments: str, ready: bool = True
) -> AsyncIterator[asyncio.subprocess.Process]:
    names = ("database_url", "object_store_url", "work_dir", "jwks_cache", "kafka_bootstrap")
    env = {f"BIJOU_{name.upper()}": str(getattr(settings, name)) for name in names}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env={**os.environ, **env, "BIJOU_PORT": str(port)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while ready:
                try:
                    await client.get(f"http://127.0.0.1:{port}/livez")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
