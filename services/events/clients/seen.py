"""Which events of a profile have been taken, and how many it sent this minute: in Redis, for a day or two, up to a bound.

An event is noted once it is taken, never before: what is called a duplicate has been acknowledged. While Redis is away nothing is
remembered, which nobody who reads the topic minds: events have an id.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

import redis.asyncio as redis
from redis.exceptions import NoScriptError, RedisError

from libs.chassis import telemetry
from libs.chassis.gathering import Gatherer

log = telemetry.logger(__name__)

DAY = 86_400
# Of one profile and day. Whoever sends more has no more of them remembered.
MOST = 20_000
RETRY_SECONDS = 2.0
APART = 0.002

# Ids come in one argument, of 16 bytes each: a server is asked about twenty of them as quickly as about one.
IDS = """
local ids = {}
for place = 1, #ARGV[1], 16 do ids[#ids + 1] = string.sub(ARGV[1], place, place + 15) end
"""
# Answers with a byte for each id, 1 where it was taken before, and how many were sent this minute.
LOOK = f"""{IDS}
local sent = redis.call('INCRBY', KEYS[3], #ids)
if sent == #ids then redis.call('EXPIRE', KEYS[3], 60) end
local found = redis.call('SMISMEMBER', KEYS[1], unpack(ids))
for place, before in ipairs(redis.call('SMISMEMBER', KEYS[2], unpack(ids))) do
    if before == 1 then found[place] = 1 end
end
return string.char(unpack(found)) .. sent
"""
NOTE = f"""{IDS}
if redis.call('SCARD', KEYS[1]) < {MOST} then
    redis.call('SADD', KEYS[1], unpack(ids))
    redis.call('EXPIRE', KEYS[1], {2 * DAY})
end
"""
SCRIPTS = {hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest(): script for script in (LOOK, NOTE)}
LOOK_SHA, NOTE_SHA = SCRIPTS
Call = tuple[str, list[str], bytes]  # a script, its keys, and the ids


class Asked(NamedTuple):
    """Events of a profile, by their ids, of 16 bytes each; `note` where they were taken."""

    profile_id: UUID
    ids: Sequence[bytes]
    note: bool = False


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
        # What was taken is noted before anybody who comes later is answered: both go one way, in their order.
        self._asking = Gatherer(self._ask, apart=APART)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._redis is not None:
            await self._asking.finish()
            with suppress(RedisError, OSError):
                await self._redis.aclose()

    async def check(self) -> None:
        if self._redis is not None:
            await self._redis.ping()

    async def look(self, profile_id: UUID, ids: Sequence[bytes]) -> Known | None:
        """Return what is known of these events, and count them; None while nobody remembers."""
        return await self._asking.ask(Asked(profile_id, ids)) if self._there() else None

    def note(self, profile_id: UUID, ids: Sequence[bytes]) -> None:
        """Remember that these were taken: whoever looks from now on is told."""
        if self._there():
            self._asking.tell(Asked(profile_id, ids, note=True))

    def _there(self) -> bool:
        return self._redis is not None and time.monotonic() >= self._away_until

    async def _ask(self, asked: Sequence[Asked]) -> list[Known | Exception | None]:
        now = int(time.time())
        today, minute = now // DAY, now // 60
        answers = await self._run([_call(each, today, minute) for each in asked])
        return [
            Known([mark == 1 for mark in found[: len(each.ids)]], int(found[len(each.ids) :])) if found else None
            for each, found in zip(asked, answers, strict=True)
        ]

    async def _run(self, calls: Sequence[Call]) -> list[bytes | None]:
        """Run scripts in one round trip; nothing where Redis is away."""
        try:
            answers = await self._send(calls)
            if unknown := [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]:
                for script in SCRIPTS.values():
                    await self._redis.script_load(script)  # type: ignore[union-attr]
                for place, answer in zip(unknown, await self._send([calls[place] for place in unknown]), strict=True):
                    answers[place] = answer
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + RETRY_SECONDS
            log.warning("seen_events_not_remembered", reason=f"{type(error).__name__}: {error}")
            return [None] * len(calls)
        return answers

    async def _send(self, calls: Sequence[Call]) -> list[Any]:
        assert self._redis is not None
        pipe = self._redis.pipeline(transaction=False)
        for sha, keys, ids in calls:
            pipe.evalsha(sha, len(keys), *keys, ids)
        return list(await pipe.execute(raise_on_error=False))


def _call(asked: Asked, today: int, minute: int) -> Call:
    """Return a script with its keys, which lie together wherever they are spread, and the ids."""
    who = f"{{{asked.profile_id}}}"
    keys = [f"events:seen:{who}:{today}"]
    if not asked.note:
        keys += [f"events:seen:{who}:{today - 1}", f"events:sent:{who}:{minute}"]
    return NOTE_SHA if asked.note else LOOK_SHA, keys, b"".join(asked.ids)
