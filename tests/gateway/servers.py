"""Real uvicorn servers on free ports, in the test's own loop, and a neighbour that records what reaches it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from libs.chassis.http.server import LISTENING

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Returns when `check` gives true; raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            if await check():
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Runs `app` and gives its base URL."""
    # Said to be TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=1, **LISTENING))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(10):
            while not server.started:
                if task.done():
                    task.result()
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


@dataclass
class Neighbour:
    """Stands for a service: answers from `answers` by path and query, else echoes; `held` paths wait for `release`."""

    answers: dict[str, Any] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    chunk: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    seen: list[Request] = field(default_factory=list)
    received: int = 0

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v1/me/sync", self.events),
                Route("/api/v1/admin/uploads/{id}", self.upload, methods=["PATCH"]),
                Route("/api/v1/titles/moved", self.moved),
                Route("/{path:path}", self.any, methods=METHODS),
            ]
        )

    async def any(self, request: Request) -> Response:
        self.seen.append(request)
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.url.path in self.held or "*" in self.held:
            await self.release.wait()
        if target in self.answers or request.url.path in self.answers:
            answer = self.answers.get(target, self.answers.get(request.url.path))
            return answer if isinstance(answer, Response) else JSONResponse(answer)
        body = await request.body()
        return Response(
            body or b"echo",
            201 if request.method == "POST" else 200,
            {"X-Neighbour": "yes", "ETag": '"v1"', "Server": "secret/1.0"},
            "text/plain",
        )

    async def events(self, request: Request) -> Response:
        self.seen.append(request)

        async def stream() -> AsyncIterator[bytes]:
            try:
                yield b"event: progress\ndata: 1\n\n"
                await self.release.wait()
                yield b"event: progress\ndata: 2\n\n"
            finally:
                self.left.set()

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def upload(self, request: Request) -> Response:
        self.seen.append(request)
        try:
            async for chunk in request.stream():
                self.received += len(chunk)
                self.chunk.set()
        except ClientDisconnect:
            self.left.set()
            raise
        return Response(status_code=204, headers={"Upload-Offset": str(self.received)})

    async def moved(self, request: Request) -> Response:
        return RedirectResponse(str(request.url_for("any", path="api/v1/titles/new")))
