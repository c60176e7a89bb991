"""Why a title was found: the places of its texts where the query's words are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rapidfuzz.distance import OSA

from services.search.engine import ranking, text
from services.search.engine.reading import Reading

Spans = list[tuple[int, int]]
_similarity = OSA.normalized_similarity
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# The same for words that begin with one of some letters; what is folded first may begin with any.
_BEGINNING = r"(?<![^\W_])(?<![^\W_]['’])(?:[%s]|[^\x00-\x7f\W_])[^\W_]*(?:['’][^\W_]+)*"
_NAMES = frozenset({"name", "other_name", "person"})
MOST = 4
SURE = 0.7  # how alike a word is at least, to be shown as the one that was meant


class Highlights:
    """Finds the words of one query in the texts of its titles; what it has compared once it remembers."""

    def __init__(self, reading: Reading, *, people: bool = True) -> None:
        """`people`: names of people may be what was meant, if mistyped."""
        asked = [word for word in reading.words if not word.little] or reading.words
        self._exactly = {form for word in asked for form in (word.word, word.number) if form}
        self._stems = {stem for word in asked for stem in word.stems}
        self._languages = reading.languages
        # What stands for a fact was typed as it is meant.
        self._asked = [word.word for word in asked if len(word.word) >= ranking.SHORTEST_ALIKE and not word.concepts]
        self._nearly_in = _NAMES if people else _NAMES - {"person"}
        self._unfinished = asked[-1].word if asked and asked[-1] is reading.words[-1] else None
        # As it was typed and without its ending, a word begins as its stems do: of a long text few words are looked at.
        begins = {form[0] for form in (*self._exactly, *self._stems) if form}
        letters = "".join(sorted(begins | {letter.upper() for letter in begins}))
        self._worth = re.compile(_BEGINNING % letters) if letters else None
        self._known: dict[tuple[str, bool], bool] = {}

    def of(self, shown: Mapping[str, Any]) -> Iterator[tuple[str, str, Spans]]:
        """The texts of a title that fit, as (field, text, spans), at most `MOST`."""
        given = 0
        for field, said in _texts(shown):
            if given == MOST:
                return
            if found := self.spans(said, nearly=bool(self._asked) and field in self._nearly_in):
                given += 1
                yield field, said, found

    def spans(self, said: str, *, nearly: bool = True) -> Spans:
        """The places of a text where words of the query are, as they were typed or, in names, nearly so."""
        written = _WORD if nearly else self._worth
        if written is None:
            return []
        return [match.span() for match in written.finditer(said) if self._is_asked(match.group(), nearly)]

    def _is_asked(self, written: str, nearly: bool) -> bool:
        key = (written, nearly)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._compare(text.word(written), nearly)
        return known

    def _compare(self, word: str, nearly: bool) -> bool:
        if not word:
            return False
        if word in self._exactly or any(text.stem(word, each) in self._stems for each in self._languages):
            return True
        if self._unfinished and word.startswith(self._unfinished):
            return True
        return nearly and any(self._nearly(asked, word) for asked in self._asked)

    def _nearly(self, asked: str, word: str) -> bool:
        """As `ranking.alike` compares a title's words, for one of them."""
        if _similarity(asked, word, score_cutoff=SURE + ranking.MISTYPED) >= SURE + ranking.MISTYPED:
            return True
        if asked != self._unfinished:
            return False
        least = SURE / ranking.BEGUN
        return _similarity(asked, word[: len(asked)], score_cutoff=least) >= least


def _texts(shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "name", shown["name"]
    for name in shown["names"]:
        if name != shown["name"]:
            yield "other_name", name
    for name in shown["people"]:
        yield "person", name
    yield "description", shown["description"]
    for tag in shown["tags"]:
        yield "tag", tag
