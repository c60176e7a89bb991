"""GET /admin/dead-letters: what every service put aside, and what was done to it, as one list; the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from gateway.compose import Composer
from gateway.pool import Headers
from gateway.prefixes import PREFIXES
from gateway.upstream import Services
from libs.chassis.http.dead_letters import LARGEST, PREFIX, DeadLetter, DeadLetterAct
from libs.chassis.http.pagination import decode_cursor, encode_cursor

OWNERS = tuple(sorted(service for prefix, service in PREFIXES.items() if prefix.startswith(f"{PREFIX}/")))
DEADLINE = 3.0
SAYS = (
    "One page of what all services have; `next_cursor` is null on the last. `unavailable` names services that did not answer in"
    " time: what they have is not on this page."
)
T = TypeVar("T", DeadLetter, DeadLetterAct)


class FromAll(BaseModel, Generic[T]):
    """One page of what all services have."""

    # Of generic models the schema has no docstring.
    model_config = ConfigDict(
        json_schema_extra={
            "description": SAYS,
            "examples": [{"next_cursor": "WzksMTcsNCwwLDMsOCwyLDFd", "unavailable": []}],
        }
    )

    items: list[T]
    next_cursor: str | None = None
    unavailable: list[str] = []


class DeadLettersOfAll:
    """What the services have, for one caller."""

    def __init__(self, composer: Composer, services: Services, headers: Headers) -> None:
        self._composer = composer
        self._services = services
        self._headers = headers

    async def letters(self, cursor: str | None, limit: int) -> FromAll[DeadLetter]:
        """Return a page of letters. Raises BadCursor."""
        return FromAll[DeadLetter](**await self._page("", DeadLetter, lambda letter: letter.created_at, cursor, limit))

    async def acts(self, cursor: str | None, limit: int) -> FromAll[DeadLetterAct]:
        """Return a page of what was done to letters. Raises BadCursor."""
        return FromAll[DeadLetterAct](**await self._page("/log", DeadLetterAct, lambda act: act.at, cursor, limit))

    async def _page(
        self, path: str, shown: type[T], when: Callable[[T], datetime], cursor: str | None, limit: int
    ) -> dict[str, Any]:
        """Each service numbers its own: a cursor says for each how far this has come; none is shown twice or left out."""
        places = decode_cursor(cursor, *[int] * len(OWNERS)) if cursor else [LARGEST] * len(OWNERS)
        before = dict(zip(OWNERS, places, strict=True))
        answers = await asyncio.gather(*(self._ask(owner, path, before[owner], limit) for owner in OWNERS))
        found = {
            owner: [shown.model_validate(item) for item in answer["items"]]
            for owner, answer in zip(OWNERS, answers, strict=True)
            if answer is not None
        }
        items = list(islice(merge(*found.values(), key=when, reverse=True), limit))
        before |= {item.service: item.id for item in items}
        more = sum(map(len, found.values())) > limit or any(answer and answer["next_cursor"] for answer in answers)
        return {
            "items": items,
            "next_cursor": encode_cursor(*before.values()) if more else None,
            "unavailable": [owner for owner in OWNERS if owner not in found],
        }

    async def _ask(self, owner: str, path: str, before: int, limit: int) -> Any:
        """Return what a service answers; None where it does not in time, or refuses."""
        target = f"{PREFIX}/{owner}{path}?limit={limit}&cursor={encode_cursor(before)}"
        outcome = await self._composer.read(
            f"dead letters of {owner}",
            None,
            lambda: self._services.get(owner, target, self._headers),
            deadline=DEADLINE,
            keep=False,
        )
        return outcome.value
