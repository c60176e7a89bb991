"""A part is something a service starts with and stops with: a pool, a producer, a consumer."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol


class Part(Protocol):
    """`check` raises when the part is not usable; a `required` part then fails `/readyz`."""

    name: str
    required: bool

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def check(self) -> None: ...


async def finish(task: asyncio.Task[Any] | None) -> None:
    """Cancel a part's task and wait for its end.

    More than once where it takes that: a cancellation that meets an error in the same moment is swallowed by
    `asyncio.wait_for` before Python 3.12, and by clients while they close.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=1)
