"""Answers that are the same for every viewer of a kind, kept for the second in which they were made.

A second, because windows open and close at whole ones; and only until something is committed here, so that whoever changes a
title sees it changed. What another replica commits is seen a second later at the latest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from pydantic import BaseModel

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database


@dataclass(frozen=True, slots=True)
class Answer:
    """A body as it is sent, its strong entity tag, and the languages that it speaks."""

    content: bytes
    tag: str
    languages: str


def packed(body: BaseModel) -> Answer:
    """Return a body ready to be sent."""
    content = body.model_dump_json().encode()
    parts = getattr(body, "items", None)
    spoken = [getattr(part, "text_language", None) for part in ([body] if parts is None else parts)]
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Answer(content, tag, ", ".join(dict.fromkeys(filter(None, spoken))))


class Answers:
    """At most `most` answers of this second, those that came first."""

    def __init__(self, db: Database, clock: Clock, most: int) -> None:
        self._db = db
        self._clock = clock
        self._most = most
        self._kept: dict[Hashable, Answer] = {}
        self._of: tuple[int, int] | None = None

    def _now(self) -> tuple[int, int]:
        return int(self._clock.now().timestamp()), self._db.commits

    async def get(self, key: Hashable, read: Callable[[], Awaitable[BaseModel]]) -> Answer:
        """Return the answer to a question, read anew where none is kept. The key says who may share it."""
        if (now := self._now()) != self._of:
            self._kept.clear()
            self._of = now
        if (found := self._kept.get(key)) is None:
            found = packed(await read())
            if now == self._now() == self._of and len(self._kept) < self._most:
                self._kept[key] = found
        return found
