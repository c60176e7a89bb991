"""How often one caller may ask: counted in Redis for all replicas, a block of requests at a time."""

import asyncio
import math
import time
from contextlib import suppress

from cachetools import LRUCache

from libs.chassis.http.rate_limits import Limiter
from libs.chassis.problems import TooMany

# Who has not asked for longest is forgotten first, at the price of asking Redis again.
SIZE = 50_000
BLOCKS = 50


class _Held:
    """What one key may still take of its block, and until when; or until when it is refused."""

    __slots__ = ("ends", "left", "refused")

    def __init__(self) -> None:
        self.left = 0
        self.ends = self.refused = 0.0


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
        self._held: LRUCache[str, _Held] = LRUCache(SIZE)
        self._asking: dict[str, asyncio.Lock] = {}

    def __len__(self) -> int:
        """How many callers it knows."""
        return len(self._held)

    def taken(self, key: str) -> bool:
        """Takes one request of the block at hand; False when there is none."""
        held = self._held.get(key)
        if held is None or held.left <= 0 or held.ends <= time.monotonic():
            return False
        held.left -= 1
        return True

    def give_back(self, key: str) -> None:
        """Undoes a take whose request turned out not to count."""
        held = self._held.get(key)
        if held is not None and held.ends > time.monotonic():
            held.left += 1

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
        held = self._held.get(key)
        now = time.monotonic()
        if held is not None and held.refused > now:
            raise TooMany(retry_after=max(1, math.ceil(held.refused - now)))
        held = self._held[key] = _Held()
        try:
            await self._limiter.hit(self._name, key, self._blocks, self._window)
        except TooMany as refusal:
            held.refused = now + (refusal.retry_after or 1)
            raise
        held.left, held.ends = self._block - 1, now + self._window
