"""Answers that many ask for, kept for five minutes in Redis. Without it every answer is worked out: slower, and not wrong.

An answer is kept for all who may see the same and like the same: by country, age limit, language and taste. What the index holds
is in its key, and the moment when the next window opens or closes: it is dropped with the next change of any title, its own or
time's.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from libs.chassis import telemetry
from services.search.engine.fields import FORMAT, instant
from services.search.engine.index import View
from services.search.engine.visibility import Viewer, next_change
from services.search.schemas.results import SearchResults

log = telemetry.logger(__name__)

KEEP_SECONDS = 300
AWAY_SECONDS = 2.0
LARGEST = 200_000
# Replicas of two versions share what is kept: each knows the answers of its own shape.
SHAPE = hashlib.sha256(orjson.dumps(SearchResults.model_json_schema(), option=orjson.OPT_SORT_KEYS)).hexdigest()


class Remembered:
    """A component: answers by question and by who may see them."""

    name = "redis"
    required = False

    def __init__(self, redis_url: str) -> None:
        self._redis = (
            redis.Redis.from_url(redis_url, socket_timeout=0.1, socket_connect_timeout=0.25, socket_keepalive=True)
            if redis_url
            else None
        )
        self._away_until = 0.0
        # Of the last view: which changes it holds, from when on, and until when no window opens or closes.
        self._calm = (("", 0, -1, -1), 0, 0)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        if self._redis is not None:
            with suppress(RedisError, OSError):
                await self._redis.aclose()

    async def check(self) -> None:
        if self._redis is not None:
            await self._redis.ping()

    @property
    def keeps(self) -> bool:
        """Whether there is anything to keep answers in."""
        return self._redis is not None

    def calm_until(self, view: View, now: datetime) -> int | None:
        """When the next window opens or closes, as `look` found it; None where it has to look again."""
        held, since, until = self._calm
        return until if held == view.holds and since <= instant(now) < until else None

    def look(self, view: View, now: datetime) -> int:
        """Ask the index when the next window opens or closes. It is work for a thread: a large index takes a while."""
        until = next_change(view, now)
        self._calm = (view.holds, instant(now), until)
        return until

    def key(self, view: View, viewer: Viewer, until: int, question: Any) -> str:
        """What an answer is kept under that holds `until` a window opens or closes."""
        whose = [viewer.country, viewer.maturity, viewer.kids, viewer.language, viewer.taste.told()]
        asked = orjson.dumps([FORMAT, SHAPE, *view.holds, until, whose, question])
        return f"search:{hashlib.sha256(asked).hexdigest()}"

    async def get(self, key: str) -> bytes | None:
        """The answer, where it is kept."""
        if self._redis is None or time.monotonic() < self._away_until:
            return None
        try:
            found = await self._redis.get(key)
        except (RedisError, OSError, asyncio.TimeoutError) as error:  # noqa: UP041
            self._away(error)
            return None
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, answer: bytes) -> None:
        """Keep an answer."""
        if self._redis is None or time.monotonic() < self._away_until or len(answer) > LARGEST:
            return
        try:
            await self._redis.set(key, answer, ex=KEEP_SECONDS)
        except (RedisError, OSError, asyncio.TimeoutError) as error:  # noqa: UP041
            self._away(error)

    def _away(self, error: BaseException) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        log.warning("answers_not_kept", reason=f"{type(error).__name__}: {error}")
