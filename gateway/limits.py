"""How often one caller may ask: counted in Redis for all replicas, a block of requests at a time."""

import asyncio
import math
import time
from contextlib import suppress

from libs.chassis.limits import Limiter
from libs.chassis.problems import TooMany

SIZE = 50_000
BLOCKS = 50


class Allowance:
    """At most `limit` requests of one key in `window_s` seconds.

    A replica takes a fiftieth of the limit at a time, so that Redis is asked rarely; unused requests of a block lapse with
    the window. A key above its limit is refused here, without Redis, until its window ends.
    """

    def __init__(self, limiter: Limiter, name: str, limit: int, window_s: float = 60.0) -> None:
        self._limiter = limiter
        self._name = name
        self._window = window_s
        self._block = max(1, limit // BLOCKS)
        self._blocks = limit // self._block
        self._left: dict[str, tuple[int, float]] = {}
        self._refused: dict[str, float] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    def taken(self, key: str) -> bool:
        """Takes one request of the block at hand; False when there is none."""
        left, ends = self._left.get(key, (0, 0.0))
        if left <= 0 or ends <= time.monotonic():
            return False
        self._left[key] = (left - 1, ends)
        return True

    async def take(self, key: str) -> None:
        """Takes one request, or raises TooMany."""
        if self.taken(key):
            return
        lock = self._asking.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                if not self.taken(key):
                    await self._ask(key)
        finally:
            # The last one out removes the lock; one that waits holds on to its own reference.
            if not lock.locked():
                with suppress(KeyError):
                    del self._asking[key]

    async def _ask(self, key: str) -> None:
        now = time.monotonic()
        until = self._refused.get(key, 0.0)
        if until > now:
            raise TooMany(retry_after=max(1, math.ceil(until - now)))
        self._forget(now)
        try:
            await self._limiter.hit(self._name, key, self._blocks, self._window)
        except TooMany as refusal:
            self._refused[key] = now + (refusal.retry_after or 1)
            raise
        self._left[key] = (self._block - 1, now + self._window)

    def _forget(self, now: float) -> None:
        if len(self._left) > SIZE:
            self._left = {k: v for k, v in self._left.items() if v[0] > 0 and v[1] > now}
        if len(self._refused) > SIZE:
            self._refused = {k: v for k, v in self._refused.items() if v > now}
