"""How well a title fits a query: by its name as a whole, and by how much of the query is found anywhere in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from services.search.engine import text
from services.search.engine.reading import Reading, Word

# What a word is worth where it is found. A name beats a person, a person a fact, a fact what the description says.
IN_NAME, IN_PEOPLE, AS_FACT, IN_BODY = 1.0, 0.96, 0.95, 0.92
UNFINISHED = 0.93  # of a word of which this may be the beginning
ALIKE = 0.62  # how alike two words are at least, one of which may be mistyped
SHORTEST_ALIKE = 3


@dataclass(slots=True)
class Fit:
    """A title that may be meant: `score` orders, `name` and `words` say why, from 0 to 1."""

    facts: dict[str, Any]
    address: Any
    score: float
    name: float
    words: float
    called: str


def fit(reading: Reading, facts: dict[str, Any], address: Any, prior: float) -> Fit:
    """Say how well a title fits; `prior` (0 to 1) is how likely anybody means it."""
    name, called = _by_name(reading, facts["names"])
    covered = coverage(reading, facts)
    score = max(name, 0.97 * covered) + 0.12 * min(name, covered) + 0.03 * prior
    if name == 1.0:
        score += 0.25
    return Fit(facts, address, score, name, covered, called)


def _by_name(reading: Reading, names: Iterable[str]) -> tuple[float, str]:
    best, called = 0.0, ""
    for name in names:
        squashed = text.squash(name)
        bare = text.squash(text.without_article(name))
        found = likeness(reading.squashed, squashed)
        if bare != squashed:
            found = max(found, likeness(reading.squashed, bare) - 0.005)
        if reading.core != reading.squashed:
            found = max(found, 0.97 * likeness(reading.core, squashed), 0.965 * likeness(reading.core, bare))
        if found > best:
            best, called = found, name
    return best, called


def likeness(asked: str, name: str) -> float:
    """How much a text without spaces is like a name, or like the beginning of one."""
    if asked == name:
        return 1.0
    if not asked or not name:
        return 0.0
    whole: float = OSA.normalized_similarity(asked, name)
    length = len(asked)
    if length >= len(name):
        return 0.97 * whole
    begun = max(OSA.normalized_similarity(asked, name[: length + more]) for more in (-1, 0, 1))
    return max(0.97 * whole, begun * (0.88 + 0.08 * length / len(name)))


def coverage(reading: Reading, facts: Mapping[str, Any]) -> float:
    """How much of what a query says is found in a title, from 0 to 1."""
    total = sum(word.weight for word in reading.words)
    if not total:
        return 0.0
    names = {word for name in facts["names"] for word in name.split()}
    people = {word for name in facts["people"] for word in name.split()}
    body = set(facts["body"].split())
    last = len(reading.words) - 1
    found = 0.0
    for place, word in enumerate(reading.words):
        found += word.weight * _found(word, names, people, body, facts, unfinished=place == last)
    return found / total


def _found(
    word: Word, names: set[str], people: set[str], body: set[str], facts: Mapping[str, Any], *, unfinished: bool
) -> float:
    if word.word in names or (word.number is not None and word.number in names):
        return IN_NAME
    best = max(
        IN_PEOPLE if word.word in people else 0.0,
        AS_FACT if any(concept.met(facts) for concept in word.concepts) else 0.0,
        IN_BODY if word.stem in body else 0.0,
    )
    if best:
        return best
    if len(word.word) >= SHORTEST_ALIKE:
        best = max(IN_NAME * alike(word.word, names, unfinished), IN_PEOPLE * alike(word.word, people, unfinished))
    if unfinished and len(word.word) >= SHORTEST_ALIKE and any(each.startswith(word.stem) for each in body):
        best = max(best, IN_BODY * UNFINISHED)
    return best


def alike(word: str, others: Iterable[str], unfinished: bool) -> float:
    """How much a word is like the one of others that is most like it; `unfinished`: or like the beginning of it."""
    best = 0.0
    length = len(word)
    for other in others:
        if unfinished and len(other) > length:
            if other.startswith(word):
                best = max(best, UNFINISHED)
                continue
            similar = OSA.normalized_similarity(word, other[:length], score_cutoff=0.7) * 0.9
            best = max(best, similar)
        if abs(len(other) - length) <= 3:
            best = max(best, OSA.normalized_similarity(word, other, score_cutoff=ALIKE) - 0.05)
    return best
