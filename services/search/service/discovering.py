"""Discovering: a sentence read into chips, and chips into titles."""

from __future__ import annotations

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.search.engine import asking
from services.search.engine.matching import Filters
from services.search.schemas.discovery import Chip, Discovered, Discovery
from services.search.service import answers
from services.search.service.indexes import Indexes
from services.search.service.searching import Searching
from services.search.service.viewers import viewer


class Discovering:
    """Use cases of sentences."""

    def __init__(self, db: Database, clock: Clock, indexes: Indexes, searching: Searching) -> None:
        self._db = db
        self._clock = clock
        self._indexes = indexes
        self._searching = searching

    async def discover(self, who: Principal, asked: Discovery) -> Discovered:
        """Titles that fit a sentence, and how it was read."""
        eyes = await viewer(self._db, who, self._clock)
        chips = asked.chips or [Chip(kind="text", value=asked.text[:80], label=asked.text[:80])]
        words = " ".join(chip.value for chip in chips if not chip.negated)
        found = await self._searching.ask(
            asking.search, self._indexes.view, words, eyes, Filters(), "relevance", 0, asked.limit
        )
        items = [answers.item(shown, score, found.reading) for shown, score in found.items]
        return Discovered(chips=chips, items=items, semantic=False)
