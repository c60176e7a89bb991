"""Rate limits: fixed windows in Redis, shared by all replicas.

When Redis is away each process counts for itself: the limits stay, only less exact, and no request waits for Redis.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import redis.asyncio as redis
from cachetools import LRUCache
from redis.exceptions import RedisError

from libs.chassis import telemetry
from libs.chassis.problems import TooMany

log = telemetry.logger(__name__)

# One round trip; the first hit of a window starts its clock.
HIT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}
"""
# Only while the window lasts: a counter without an end would stay for ever.
FORGIVE = """
if redis.call('PTTL', KEYS[1]) > 0 and tonumber(redis.call('GET', KEYS[1])) > 0 then redis.call('DECR', KEYS[1]) end
"""
RETRY_SECONDS = 2.0
LOCAL_SIZE = 50_000


class Limiter:
    """A component. `hit` counts and raises `TooMany` above the limit."""

    name = "redis"
    required = False

    def __init__(self, redis_url: str) -> None:
        self._redis = _client(redis_url) if redis_url else None
        self._script = self._redis.register_script(HIT) if self._redis else None
        self._forgiving = self._redis.register_script(FORGIVE) if self._redis else None
        # 0 while Redis is there, else when to look for it again.
        self._away_until = 0.0
        self._looking: asyncio.Task[None] | None = None
        # When it is full the count that rested longest is forgotten.
        self._local: LRUCache[str, tuple[int, float]] = LRUCache(LOCAL_SIZE)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
        if self._redis is not None:
            with suppress(RedisError, OSError):
                await self._redis.aclose()

    async def check(self) -> None:
        if self._redis is not None:
            await self._redis.ping()

    @property
    def counted(self) -> int:
        """How many keys this process counts for itself."""
        return len(self._local)

    async def hit(self, name: str, key: str, limit: int, window_s: float) -> int:
        """Count one hit of `key` under the limit called `name`, at most `limit` in `window_s` seconds; return the count."""
        count, left = await self._count(f"limit:{name}:{key}", window_s)
        if count > limit:
            raise TooMany(retry_after=max(1, round(left + 0.5)))
        return count

    async def forgive(self, name: str, key: str) -> None:
        """Take one hit back: what it was counted for turned out to be well."""
        counter = f"limit:{name}:{key}"
        if self._forgiving is not None and not self._away_until:
            with suppress(RedisError, OSError, asyncio.TimeoutError):
                await self._forgiving(keys=[counter])
        known = self._local.get(counter)
        if known is not None:
            self._local[counter] = (max(known[0] - 1, 0), known[1])

    async def _count(self, key: str, window_s: float) -> tuple[int, float]:
        now = time.monotonic()
        if self._away_until and now >= self._away_until and self._looking is None:
            self._looking = asyncio.create_task(self._look())
        if self._script is not None and not self._away_until:
            try:
                count, left = await self._script(keys=[key], args=[int(window_s * 1000)])
                return int(count), max(int(left), 0) / 1000
            except (RedisError, OSError, asyncio.TimeoutError) as error:  # noqa: UP041
                self._away_until = now + RETRY_SECONDS
                log.warning("limits_count_locally", reason=f"{type(error).__name__}: {error}")
        count, ends = self._local.get(key, (0, now + window_s))
        if ends <= now:
            count, ends = 0, now + window_s
        self._local[key] = (count + 1, ends)
        return count + 1, ends - now

    async def _look(self) -> None:
        """Look whether Redis is back. What is counted meanwhile does not wait for that."""
        try:
            await self.check()
            self._away_until = 0.0
        except (RedisError, OSError, asyncio.TimeoutError):  # noqa: UP041
            self._away_until = time.monotonic() + RETRY_SECONDS
        finally:
            self._looking = None


def _client(url: str) -> redis.Redis:
    """Return a client that gives up soon. `rediss://…?ssl_ca_certs=/ca.pem` is TLS, and insists on the server's right name."""
    return redis.Redis.from_url(url, socket_timeout=0.25, socket_connect_timeout=1.0, socket_keepalive=True)
