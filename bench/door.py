"""Viewers' connections to a front door, and how the requests on them are timed: at a pace, or as fast as they are answered."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

CONNECTIONS = 64


@dataclass
class Seen:
    """What a phase saw: latencies in seconds, answers by status."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    above: float = 0.0  # milliseconds of processor a success, above what the idle platform spends

    def line(self, name: str, seconds: float) -> str:
        cuts = statistics.quantiles(self.latencies, n=100) if len(self.latencies) > 1 else [0.0] * 99
        answers = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        rate = len(self.latencies) / seconds
        return f"{name:<20}{rate:>9.0f}/s  p50 {cuts[49] * 1000:6.1f} ms  p99 {cuts[98] * 1000:7.1f} ms   {answers}"


class Door:
    """Kept connections to the front door, each with one request in flight."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, seen: Seen, method: str, path: str, token: str, body: object = None) -> Any:
        """One request; its JSON, or None where the answer was no success."""
        data = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: bijou\r\nAuthorization: Bearer {token}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        async with self._room:
            started = time.perf_counter()
            reader, writer = self._free.pop() if self._free else await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(head.encode() + b"\r\n" + data)
            status, answer = await _answer(reader)
            seen.latencies.append(time.perf_counter() - started)
            seen.statuses[status] += 1
            self._free.append((reader, writer))
        return json.loads(answer) if 200 <= status < 300 and answer else None

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return status, body
    at = lower.find(b"content-length:")
    length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
    return status, await reader.readexactly(length)


async def paced(rate: float, seconds: float, act: Callable[[int], Awaitable[None]]) -> None:
    """Begin `act(n)` `rate` times a second, whether the earlier ones have ended or not."""
    running: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        wait = began + number / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.ensure_future(act(number))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


async def flat_out(seconds: float, act: Callable[[int], Awaitable[None]]) -> int:
    """`act(n)` again and again, as many at once as there are connections; how often it was done."""
    until, done = time.perf_counter() + seconds, 0

    async def one() -> None:
        nonlocal done
        while time.perf_counter() < until:
            done += 1
            await act(done)

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return done
