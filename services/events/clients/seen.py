"""Which events of a profile have been taken, and how many it sent this minute: in Redis, for a day or two, up to a bound.

An event is noted once it is taken, never before: what is called a duplicate has been acknowledged. While Redis is away nothing is
remembered, which nobody who reads the topic minds: events have an id.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

import redis.asyncio as redis
from redis.exceptions import RedisError

from libs.chassis import telemetry
from libs.chassis.gathering import Gatherer

log = telemetry.logger(__name__)

DAY = 86_400
# Of one profile and day. Whoever sends more has no more of them remembered.
MOST = 20_000
RETRY_SECONDS = 2.0

LOOK = """
local sent = redis.call('INCRBY', KEYS[3], #ARGV)
if sent == #ARGV then redis.call('EXPIRE', KEYS[3], 60) end
local found = redis.call('SMISMEMBER', KEYS[1], unpack(ARGV))
for place, before in ipairs(redis.call('SMISMEMBER', KEYS[2], unpack(ARGV))) do
    if before == 1 then found[place] = 1 end
end
found[#found + 1] = sent
return found
"""
NOTE = f"""
if redis.call('SCARD', KEYS[1]) < {MOST} then
    redis.call('SADD', KEYS[1], unpack(ARGV))
    redis.call('EXPIRE', KEYS[1], {2 * DAY})
end
"""


class Asked(NamedTuple):
    """Events of a profile, by their ids."""

    profile_id: UUID
    ids: Sequence[bytes]


class Known(NamedTuple):
    """For each of the ids whether it was taken before, and how many events the profile sent this minute."""

    before: Sequence[bool]
    sent: int


class Seen:
    """A component."""

    name = "redis"
    required = False

    def __init__(self, redis_url: str) -> None:
        self._redis = (
            redis.Redis.from_url(redis_url, socket_timeout=0.25, socket_connect_timeout=1.0) if redis_url else None
        )
        self._away_until = 0.0
        self._looking = Gatherer(self._look)
        self._noting = Gatherer(self._note)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._redis is not None:
            with suppress(RedisError, OSError):
                await self._redis.aclose()

    async def check(self) -> None:
        if self._redis is not None:
            await self._redis.ping()

    async def look(self, asked: Asked) -> Known | None:
        """Return what is known of these events, and count them; None while nobody remembers."""
        return await self._looking.ask(asked) if self._there() else None

    async def note(self, taken: Asked) -> None:
        """Remember that these were taken."""
        if self._there():
            await self._noting.ask(taken)

    def _there(self) -> bool:
        return self._redis is not None and time.monotonic() >= self._away_until

    async def _look(self, asked: Sequence[Asked]) -> list[Known | Exception | None]:
        now = int(time.time())
        today, minute = now // DAY, now // 60
        calls = [
            (LOOK, [_key(who, today), _key(who, today - 1), f"events:sent:{{{who}}}:{minute}"], ids)
            for who, ids in asked
        ]
        answers = await self._run(calls)
        return [Known([one == 1 for one in found[:-1]], found[-1]) if found else None for found in answers]

    async def _note(self, taken: Sequence[Asked]) -> list[Exception | None]:
        today = int(time.time()) // DAY
        await self._run([(NOTE, [_key(who, today)], ids) for who, ids in taken])
        return [None] * len(taken)

    async def _run(self, calls: Sequence[tuple[str, list[str], Sequence[bytes]]]) -> list[list[int] | None]:
        """Run scripts in one round trip; nothing where Redis is away."""
        assert self._redis is not None
        pipe = self._redis.pipeline(transaction=False)
        for script, keys, ids in calls:
            pipe.eval(script, len(keys), *keys, *ids)
        try:
            return list(await pipe.execute())
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + RETRY_SECONDS
            log.warning("seen_events_not_remembered", reason=f"{type(error).__name__}: {error}")
            return [None] * len(calls)


def _key(profile_id: UUID, day: int) -> str:
    return f"events:seen:{{{profile_id}}}:{day}"
