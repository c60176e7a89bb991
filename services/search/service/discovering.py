"""Discovering: a sentence read into chips, and chips into titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from libs.chassis import ids
from libs.contracts.token import Principal
from services.search.engine import asking
from services.search.engine.highlights import Highlights
from services.search.engine.index import View
from services.search.engine.visibility import Viewer
from services.search.engine.wishes import Wish
from services.search.schemas.discovery import Chip, Discovered, Discovery, NearMiss
from services.search.schemas.results import SearchItem
from services.search.service import answers
from services.search.service.indexes import Indexes
from services.search.service.meanings import TitleMeanings
from services.search.service.searching import Searching
from services.search.service.viewers import Viewers

# How many titles of each near miss are told.
NEAR = 6


class Discovering:
    """Use cases of sentences."""

    def __init__(self, viewers: Viewers, indexes: Indexes, searching: Searching, meanings: TitleMeanings) -> None:
        self._viewers = viewers
        self._indexes = indexes
        self._searching = searching
        self._meanings = meanings

    async def discover(self, who: Principal, asked: Discovery) -> Discovered:
        """Titles that fit a sentence or chips, and how the sentence was read."""
        eyes = await self._viewers.of(who)
        view = self._indexes.view
        if asked.chips is None:
            wishes = await self._searching.ask(asking.wishes_of, view, asked.text, eyes)
        else:
            wishes = [
                Wish(chip.kind, chip.value, chip.label or chip.value, chip.negated, chip.one_of) for chip in asked.chips
            ]
        # Without the sentence it is what was left of it that means something.
        words = asked.text or " ".join(wish.label for wish in wishes if not wish.negated)
        found, meant, unheard = await self._searching.ask(
            _titles, view, wishes, eyes, asked.limit, self._meanings, words
        )
        query_id = ids.new_id()
        self._searching.note(who, query_id, words, {"chips": [wish.value for wish in wishes]}, len(found))
        # A chip says what the titles have been chosen by; without any of them nothing would be asked for.
        heard = [each for each in wishes if each.negated or each.kind != "text" or each.value not in unheard]
        chips = [_chip(each) for each in (heard if heard and found else wishes)]
        near = [] if found else await self._searching.ask(_near_misses, view, wishes, eyes, asked.limit)
        return Discovered(chips=chips, items=found, near_misses=near, meaning=meant, query_id=query_id)


def _chip(wish: Wish) -> Chip:
    return Chip.model_validate(asdict(wish))


def _near_misses(view: View, wishes: Sequence[Wish], eyes: Viewer, limit: int) -> list[NearMiss]:
    return [
        NearMiss(without=_chip(wish), items=_items(found, eyes.language))
        for wish, found in asking.near_misses(view, wishes, eyes, min(limit, NEAR))
    ]


def _items(found: asking.Answer, language: str) -> list[SearchItem]:
    marks = Highlights(found.reading)
    return [SearchItem.model_validate(answers.item(shown, score, marks, language)) for shown, score in found.items]


def _titles(
    view: View, wishes: Sequence[Wish], eyes: Viewer, limit: int, meanings: TitleMeanings, words: str
) -> tuple[list[SearchItem], bool, frozenset[str]]:
    """The titles, whether what they mean was looked at, and the words that none of them has."""
    about = any(wish.kind == "text" and not wish.negated for wish in wishes)
    question = meanings.question(words) if about else None
    found = asking.discover(view, wishes, eyes, limit, question)
    return (
        _items(found, eyes.language),
        question is not None,
        found.unheard,
    )
