"""Answers that are the same for every viewer of a kind, kept for the second in which they were made.

A second, because windows open and close at whole ones; and only until something is committed here, so that whoever changes a
title sees it changed. What another replica commits is seen a second later at the latest. Who asks while an answer is being
read waits for it, and what an answer says of the one who asks is put into the kept bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database

# In a JSON text a quotation mark of a value is escaped: only the field itself looks like this.
UNRATED = b'"my_rating":null'


@dataclass(frozen=True, slots=True)
class Answer:
    """A body as it is sent, its strong entity tag, and the languages that it speaks; `rates`: whose stars belong in it."""

    content: bytes
    tag: str
    languages: str
    rates: UUID | None = None

    def rated(self, stars: int | None) -> Answer:
        """Return the same answer to whoever gave so many stars; its own says none."""
        if stars is None:
            return self
        content = self.content.replace(UNRATED, b'"my_rating":%d' % stars, 1)
        return Answer(content, f'{self.tag[:-1]}-{stars}"', self.languages)


def packed(body: BaseModel, rates: UUID | None = None) -> Answer:
    """Return a body ready to be sent; `rates`: a title of which every viewer is told what they gave it."""
    content = body.model_dump_json().encode()
    parts = getattr(body, "items", None)
    spoken = [getattr(part, "text_language", None) for part in ([body] if parts is None else parts)]
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    return Answer(content, tag, ", ".join(dict.fromkeys(filter(None, spoken))), rates)


Moment = tuple[int, int]


class Answers:
    """At most `most` answers of this second, those that came first."""

    def __init__(self, db: Database, clock: Clock, most: int) -> None:
        self._db = db
        self._clock = clock
        self._most = most
        self._kept: dict[Hashable, Answer] = {}
        self._of: Moment | None = None
        self._being_read: dict[tuple[Hashable, Moment], asyncio.Task[Answer]] = {}

    def _now(self) -> Moment:
        return int(self._clock.now().timestamp()), self._db.commits

    def kept(self, key: Hashable) -> Answer | None:
        """Return the answer to a question while one is kept. The key says who may share it."""
        if (now := self._now()) != self._of:
            self._kept.clear()
            self._of = now
        return self._kept.get(key)

    async def get(self, key: Hashable, read: Callable[[], Awaitable[BaseModel]], rates: UUID | None = None) -> Answer:
        """Return the answer to a question, read anew where none is kept; `rates` as `packed` has it."""
        if (found := self.kept(key)) is not None:
            return found
        if not self._most:
            return packed(await read(), rates)
        now = self._now()
        task = self._being_read.get((key, now))
        if task is None:
            task = self._being_read[key, now] = asyncio.create_task(self._read(key, now, read, rates))
            task.add_done_callback(lambda done: self._was_read((key, now), done))
        # Whoever gives up waiting takes the answer from nobody else.
        return await asyncio.shield(task)

    def _was_read(self, what: tuple[Hashable, Moment], task: asyncio.Task[Answer]) -> None:
        self._being_read.pop(what, None)
        if not task.cancelled():
            task.exception()  # whoever asked may have gone

    async def _read(
        self, key: Hashable, now: Moment, read: Callable[[], Awaitable[BaseModel]], rates: UUID | None
    ) -> Answer:
        found = packed(await read(), rates)
        if now == self._now() == self._of and len(self._kept) < self._most:
            self._kept[key] = found
        return found
