"""The least that a request through a front door can cost: nginx before a bare FastAPI hello, called like the platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.processes import nginx, python

Load = Callable[[int], Awaitable[int]]  # calls a port for a while; how many answers came


@contextmanager
def front_door(folder: Path) -> Iterator[int]:
    """The port of an nginx that passes everything on to a hello."""
    with python("bench.hello", {}) as hello:
        upstream = f"upstream hello {{ server 127.0.0.1:{hello}; keepalive 64; }}"
        forward = 'location / { proxy_pass http://hello; proxy_http_version 1.1; proxy_set_header Connection ""; }'
        with nginx(folder / "bare", forward, upstream) as port:
            yield port


def spent() -> float:
    """Seconds of processor that the processes started by this one have spent."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(one.user + one.system for one in times)


async def cost(port: int, load: Load) -> float:
    """Milliseconds of processor an answer, of nginx and hello together."""
    before = spent()
    answers = await load(port)
    return (spent() - before) / max(1, answers) * 1000
