"""Argon2id for passwords and PINs, off the event loop and never more of it at once than the machine has cores."""

from __future__ import annotations

import asyncio
import os

from passlib.hash import argon2

from libs.chassis.problems import Unavailable

# OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
_argon2id = argon2.using(type="ID", memory_cost=19 * 1024, rounds=2, parallelism=1)
WAITING = 200


class TooBusy(Unavailable):
    """A lot of people are signing in right now. Please try again in a moment."""

    code = "sign_in_busy"


class Hasher:
    """Hashes and verifies. A queue that is too long is refused rather than grown: argon2 is made to be slow.

    As a component it makes ready what the first sign-in with an unknown address would otherwise take longer for.
    """

    name = "hasher"
    required = False

    def __init__(self, parallel: int | None = None) -> None:
        self._slots = asyncio.Semaphore(parallel or os.cpu_count() or 2)
        self._waiting = 0
        self._dummy: str | None = None

    async def hash(self, secret: str) -> str:
        return str(await self._work(_argon2id.hash, secret))

    async def verify(self, secret: str, hashed: str | None) -> bool:
        """Tell whether `secret` is the hashed one. Without a hash the work is done all the same and the answer is no."""
        if hashed is None:
            if self._dummy is None:
                self._dummy = await self.hash("nobody has this password")
            await self._work(_argon2id.verify, secret, self._dummy)
            return False
        return bool(await self._work(_argon2id.verify, secret, hashed))

    async def start(self) -> None:
        """Make the dummy hash ahead of time, so that the first unknown address takes no longer than any other."""
        self._dummy = self._dummy or await self.hash("nobody has this password")

    async def stop(self) -> None: ...

    async def check(self) -> None: ...

    async def _work(self, function: object, *arguments: str) -> object:
        if self._waiting >= WAITING:
            raise TooBusy(retry_after=2)
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(function, *arguments)  # type: ignore[arg-type]
        finally:
            self._waiting -= 1
