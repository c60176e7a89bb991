"""Reading from several services at once: each read has a deadline, and the last good answer stands in for a late one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any

from cachetools import LRUCache
from prometheus_client import Counter

from gateway.upstream import UpstreamError
from libs.chassis import telemetry
from libs.chassis.problems import Problem

log = telemetry.logger(__name__)

# Whose last good answer was not asked for longest is forgotten first.
SIZE = 5_000
# A read that missed its deadline goes on this long, so that the next request finds its answer.
PATIENCE = 10.0
DEGRADED = Counter("bijou_gateway_degraded_total", "Reads answered by a fallback", ["source"])
Fetch = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a read gave. `degraded`: it missed its deadline or failed; `value` is then the last good one, or None."""

    value: Any
    degraded: bool = False

    @property
    def fallback(self) -> str | None:
        """The fallback by name: `last_good`, `empty`, or None when none was needed."""
        if not self.degraded:
            return None
        return "empty" if self.value is None else "last_good"


class Composer:
    """A component: reads under deadlines. Equal reads under way are shared, but for those of one request alone.

    Keys must therefore name the viewer or his class.
    """

    name = "composer"
    required = False

    def __init__(self) -> None:
        self._good: LRUCache[Hashable, tuple[float, Any]] = LRUCache(SIZE)
        self._shared: dict[Hashable, asyncio.Task[Any]] = {}
        self._under_way: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def check(self) -> None:
        return None

    async def read(
        self, source: str, who: Hashable, fetch: Fetch, *, deadline: float, fresh: float = 0.0, keep: bool = True
    ) -> Outcome:
        """The answer of `fetch` within `deadline` seconds, or the fallback. An answer younger than `fresh` is used again.

        It is used within the second of the clock in which it was asked for: windows open and close at whole ones.

        Without `keep` the answer is for this request alone: it was made after the request came, and the fallback is nothing.
        """
        key = (source, who)
        kept = self._good.get(key)
        if kept is not None and time.time() - kept[0] < fresh and int(time.time()) == int(kept[0]):
            return Outcome(kept[1])
        task = self._shared.get(key) if keep else None
        if task is None:
            task = asyncio.create_task(self._fetch(key, fetch, keep), name=f"read:{source}")
            self._under_way.add(task)
            if keep:
                self._shared[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        await asyncio.wait((task,), timeout=deadline)
        if task.done() and not task.cancelled() and task.exception() is None:
            return Outcome(task.result())
        DEGRADED.labels(source).inc()
        reason = "deadline" if not task.done() else "cancelled" if task.cancelled() else str(task.exception())
        log.warning("degraded", source=source, reason=reason)
        if not keep:
            task.cancel()  # nobody else waits for it
        return Outcome(kept[1] if kept is not None else None, degraded=True)

    async def _fetch(self, key: Hashable, fetch: Fetch, keep: bool) -> Any:
        asked = time.time()
        async with asyncio.timeout(PATIENCE):
            value = await fetch()
        if keep:
            self._good[key] = (asked, value)
        return value

    def _finished(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if self._shared.get(key) is task:
            del self._shared[key]
        if task.cancelled():
            return
        error = task.exception()
        expected = (Problem, UpstreamError, TimeoutError, ValueError)
        if error is not None and not isinstance(error, expected):
            log.error("read_failed", source=str(key), exc_info=error)
