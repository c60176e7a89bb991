"""How well a title fits a query: by its name as a whole, and by how much of the query is found anywhere in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from services.search.engine import text
from services.search.engine.lexicon import FOR_CHILDREN
from services.search.engine.reading import Reading, Word

# What a word is worth where it is found. A name beats a person, a person a fact, a fact what the description says.
IN_NAME, WHOLE_PERSON, IN_PEOPLE, AS_FACT, IN_BODY = 1.0, 0.99, 0.95, 0.95, 0.92
# Where all of a query stands for facts ("german comedies"), names that happen to have its words are not what was meant.
IN_NAME_BY_CHANCE = 0.93
UNFINISHED = 0.93  # of a word of which this may be the beginning
BEGUN, MISTYPED = 0.9, 0.05  # what remains of one whose beginning is mistyped, and what a mistyped word loses
ALIKE, BEGUN_ALIKE = 0.62, 0.7  # how alike two words are at least, one of which may be mistyped
SHORTEST_ALIKE = 3
# Titles that are so much worse than the best, even if all their other words were nearly right, are not looked at more closely.
HOPELESS = 0.2
CLOSELY = 50  # no more of them either
GROWN_UP, NOT_FOR_CHILDREN = (
    16,
    0.5,
)  # what "kids" is worth in a title from this age on, where something for kids is asked for
SAME_NUMBER = 0.005  # what a name loses whose number is written another way
PRIOR = 0.03  # what everybody makes of a title, beside how well it fits
# What it is worth that a name is like the query and has its words too.
BOTH = 0.12


_similarity: Callable[[str, str], float] = OSA.normalized_similarity


@dataclass(slots=True)
class Fit:
    """A title that may be meant: `score` orders, `name` and `words` say why, from 0 to 1; `called` is the name that fits."""

    facts: dict[str, Any]
    address: Any
    score: float
    name: float
    words: float
    called: str


class Ranking:
    """Fits titles to one query. `people` are those it may mean: mark → how much their name is like what was typed."""

    def __init__(self, reading: Reading, people: Mapping[int, float]) -> None:
        self._reading = reading
        self._people = people
        self._total = sum(word.weight for word in reading.words) or 1.0
        self._rest = sum(word.weight for word in reading.rest)
        # "Kids" and nothing else may be a name; beside other words it says for whom.
        self._for_children = len(reading.words) > 1 and any(
            word.word in FOR_CHILDREN and word.concepts for word in reading.words
        )
        digits = text.in_digits(reading.folded)
        # Where a number is asked for, names are compared with theirs written in the same way.
        self._digits = (
            text.squash(digits) if digits != reading.folded or any(word.number for word in reading.words) else ""
        )
        self._in_name = IN_NAME_BY_CHANCE if reading.facts_alone else IN_NAME
        self._as_fact = IN_NAME if reading.facts_alone else AS_FACT

    def order(self, titles: Iterable[tuple[dict[str, Any], Any, float]]) -> list[Fit]:
        """Titles as (facts, address, prior), the best fit first."""
        looked = []
        for facts, address, prior in titles:
            name, called = self.by_name(facts["names"])
            found, missing = self._exactly(facts)
            looked.append((self._score(name, found, prior), name, called, found, missing, facts, address, prior))
        looked.sort(key=lambda each: -each[0])
        best = looked[0][0] if looked else 0.0
        fits: list[Fit] = []
        for score, name, called, found, missing, facts, address, prior in looked:
            if missing and len(fits) < CLOSELY:
                hope = found + sum(word.weight for word in missing) / self._total
                if self._score(name, hope, prior) > best - HOPELESS:
                    found += self._nearly(facts, missing)
            if theirs := self._people.keys() & facts["credits"]:
                found = max(found, self._with_person(facts, max(self._people[each] for each in theirs)))
            score = self._score(name, found, prior)
            fits.append(Fit(facts, address, score, name, found, called))
        fits.sort(key=lambda each: (-each.score, each.facts["id"]))
        return fits

    def _score(self, name: float, covered: float, prior: float) -> float:
        both = 0.0 if self._reading.facts_alone else BOTH * min(name, covered)
        score = max(name, 0.97 * covered) + both + PRIOR * prior
        return score + 0.25 if name == 1.0 else score

    def by_name(self, names: Iterable[str]) -> tuple[float, str]:
        """How much the query is like the name that it is most like, from 0 to 1, and that name."""
        asked, core = self._reading.squashed, self._reading.core
        best, called = 0.0, ""
        for name in names:
            squashed = text.squash(name)
            found = likeness(asked, squashed)
            bare = text.squash(text.without_article(name))
            if bare != squashed:
                found = max(found, likeness(asked, bare) - 0.005)
            if self._digits and (digits := text.in_digits(name)) != name:
                found = max(found, likeness(self._digits, text.squash(digits)) - SAME_NUMBER)
            if core != asked:
                found = max(found, 0.97 * likeness(core, squashed), 0.965 * likeness(core, bare))
            if found > best:
                best, called = found, name
        return best, called

    def _exactly(self, facts: Mapping[str, Any]) -> tuple[float, list[Word]]:
        """How much of the query a title has word by word, from 0 to 1, and the words it has not."""
        names, people, body = f" {' '.join(facts['names'])} ", facts["people"], facts["body"]
        found, missing = 0.0, []
        for word in self._reading.words:
            spaced = f" {word.word} "
            named = spaced in names or (word.number is not None and any(f" {each} " in names for each in word.numbers))
            best = self._in_name if named else 0.0
            if word.concepts and best < self._as_fact:
                best = max(best, self._as_fact * max(concept.met(facts) for concept in word.concepts))
            if not best:
                best = IN_PEOPLE if spaced in people else IN_BODY if _said(word, body) else 0.0
            if self._for_children and word.word in FOR_CHILDREN and facts["maturity"] >= GROWN_UP:
                best *= NOT_FOR_CHILDREN
            found += best * word.weight
            # What stands for a fact was typed as it is meant; what says little is not worth the look.
            if not best and not word.concepts and not word.little:
                missing.append(word)
        return found / self._total, missing

    def _nearly(self, facts: Mapping[str, Any], missing: Sequence[Word]) -> float:
        """How much more of the query a title has, if words may be mistyped or unfinished."""
        names = {word for name in facts["names"] for word in name.split()}
        people: set[str] | None = None
        found = 0.0
        for word in missing:
            if len(word.word) < SHORTEST_ALIKE:
                continue
            unfinished = word is self._reading.words[-1]
            best = self._in_name * alike(word.word, names, unfinished)
            if best < 0.9 * IN_PEOPLE:
                people = people if people is not None else set(facts["people"].split())
                best = max(best, IN_PEOPLE * alike(word.word, people, unfinished))
            if unfinished and best < IN_BODY * UNFINISHED and any(f" {stem}" in facts["body"] for stem in word.stems):
                best = IN_BODY * UNFINISHED
            found += best * word.weight
        return found / self._total

    def _with_person(self, facts: Mapping[str, Any], person: float) -> float:
        """How much of the query a title has if what stands for nothing else is the name of one of its people."""
        found = WHOLE_PERSON * person * self._rest
        for word in self._reading.words:
            if word.concepts:
                found += self._as_fact * max(concept.met(facts) for concept in word.concepts) * word.weight
        return found / self._total


def _said(word: Word, body: str) -> bool:
    return any(f" {stem} " in body for stem in word.stems)


def likeness(asked: str, name: str) -> float:
    """How much a text without spaces is like a name, or like the beginning of one."""
    if asked == name:
        return 1.0
    if not asked or not name:
        return 0.0
    whole = 0.97 * _similarity(asked, name)
    length = len(asked)
    if length >= len(name):
        return whole
    most = 0.88 + 0.08 * length / len(name)
    if whole >= most or name.startswith(asked):
        return max(whole, most)
    begun = max(
        _similarity(asked, name[: length - 1]),
        _similarity(asked, name[:length]),
        _similarity(asked, name[: length + 1]),
    )
    return max(whole, begun * most)


def alike(word: str, others: Collection[str], unfinished: bool) -> float:
    """How much a word is like the one of others that is most like it; `unfinished`: or like the beginning of it."""
    length = len(word)
    best = 0.0
    if unfinished:
        begun = [other[:length] for other in others if len(other) > length]
        if word in begun:
            return UNFINISHED
        if match := extractOne(word, begun, scorer=OSA.normalized_similarity, score_cutoff=BEGUN_ALIKE):
            best = BEGUN * match[1]
    if match := extractOne(word, others, scorer=OSA.normalized_similarity, score_cutoff=ALIKE):
        best = max(best, match[1] - MISTYPED)
    return best
