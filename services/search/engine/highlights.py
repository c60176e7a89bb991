"""Why a title was found: the places of its texts where the query's words are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.search.engine import ranking, text
from services.search.engine.reading import Reading

Spans = list[tuple[int, int]]
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
MOST = 4
SURE = 0.7  # how alike a word is at least, to be shown as the one that was meant


def of(shown: Mapping[str, Any], reading: Reading) -> Iterator[tuple[str, str, Spans]]:
    """The texts of a title that fit, as (field, text, spans), at most `MOST`."""
    given = 0
    for field, said in _texts(shown):
        if given == MOST:
            return
        if found := spans(said, reading):
            given += 1
            yield field, said, found


def _texts(shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "name", shown["name"]
    for name in shown["names"]:
        if name != shown["name"]:
            yield "other_name", name
    for _, name in shown["people"]:
        yield "person", name
    yield "description", shown["description"]
    for tag in shown["tags"]:
        yield "tag", tag


def spans(said: str, reading: Reading) -> Spans:
    """The places of a text where words of the query are, as they were typed or nearly so."""
    asked = [word for word in reading.words if not word.little] or reading.words
    if not asked:
        return []
    last = reading.words[-1]
    found = []
    for match in _WORD.finditer(said):
        folded = text.squash(text.fold(match.group()))
        if folded and any(_same(word, folded, unfinished=word is last) for word in asked):
            found.append(match.span())
    return found


def _same(word: Any, folded: str, *, unfinished: bool) -> bool:
    if folded in (word.word, word.number) or text.stems(folded) == [word.stem]:
        return True
    if len(word.word) < ranking.SHORTEST_ALIKE:
        return False
    return ranking.alike(word.word, (folded,), unfinished) >= SURE
