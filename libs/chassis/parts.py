"""A part is something a service starts with and stops with: a pool, a producer, a consumer."""

from __future__ import annotations

from typing import Protocol


class Part(Protocol):
    """`check` raises when the part is not usable; a `required` part then fails `/readyz`."""

    name: str
    required: bool

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def check(self) -> None: ...
