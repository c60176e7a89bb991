"""A query as it is understood: its words, what each may stand for, and how much each of them says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from libs.contracts.catalog import UNKNOWN_LANGUAGE
from services.search.engine import text
from services.search.engine.abroad import english, genre_names
from services.search.engine.lexicon import (
    CHATTER,
    DECADES,
    NO_GENRE,
    SAME_GENRE,
    SAME_GENRE_IN_TWO,
    SHORT_FOR,
    STOP,
    TYPES,
)
from services.search.engine.places import COUNTRY_WORDS, LANGUAGE_WORDS, spoken_in

_DECADE = re.compile(r"(?:(19|20)?(\d)0s)")
_SHORT = re.compile(rf"\b(?:{'|'.join(SHORT_FOR)})\b")
_LONGEST_PHRASE = 4
# What remains of a word's weight that says little: the name it stands in may be nothing but such words.
_LITTLE = 0.15
# What a word weighs at least that stands for a fact, where a query is nothing but facts.
_FACT = 3.0
# A genre that means the same under another name, as TV Dramas where dramas were asked for.
_NOT_SO_CALLED = 0.97
# A series where documentaries or comedies were asked for: films are called so, and who means series says so.
_NO_FILM = 0.97
# A title of which only its country tells what is spoken in it.
_LIKELY = 0.9
_OR, _MAY_BE_EITHER = frozenset(("or", "oder")), frozenset(("genre", "country", "language", "spoken"))
_SEASON = frozenset(("season", "staffel", "temporada", "saison"))


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that words of a query may stand for.

    Of a genre, `called` are those whose name was typed as it is; `films`: it was named as many films are, documentaries.
    """

    kind: str  # genre, country, language, spoken (there, where a title's language is unknown), years, type
    values: frozenset[Any]
    first: int
    last: int
    called: frozenset[Any] = frozenset()
    films: bool = False

    def met(self, facts: Mapping[str, Any]) -> float:
        """How well a title has it, from 0 to 1 (`facts` as `documents` stores them for ranking)."""
        if self.kind == "spoken":
            return _LIKELY * (facts["language"] == UNKNOWN_LANGUAGE and not self.values.isdisjoint(facts["countries"]))
        if self.called and self.called.isdisjoint(facts["genres"]):
            return _NOT_SO_CALLED * self._has(facts)
        return (_NO_FILM if self.films and facts["type"] != "movie" else 1.0) * self._has(facts)

    def _has(self, facts: Mapping[str, Any]) -> bool:
        match self.kind:
            case "genre":
                return not self.values.isdisjoint(facts["genres"])
            case "country":
                return not self.values.isdisjoint(facts["countries"])
            case "years":
                low, high = sorted(self.values)[0], sorted(self.values)[-1]
                return facts["year"] is not None and low <= facts["year"] <= high
            case _:
                return facts[self.kind] in self.values


class Genres:
    """The genres of the catalogue: `names` by id, and the ids by what tells a name from others."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = dict(names)
        self.by_words: dict[frozenset[str], list[str]] = {}
        for slug, name in names.items():
            if content := _content(text.stems(text.fold(name))):
                self.by_words.setdefault(content, []).append(slug)

    def called(self, stems: list[str]) -> list[str]:
        """Genres that are called so; where there are none, those whose names have all of these words."""
        content = _content(stems)
        # "romance series" is a genre and a kind of title, each for itself.
        if not content or stems[0] in NO_GENRE or stems[-1] in NO_GENRE:
            return []
        if content in self.by_words:
            return self.by_words[content]
        return [slug for words, slugs in self.by_words.items() if content < words for slug in slugs]

    def like(self, slug: str) -> list[str]:
        """A genre with all those whose names say what its name says: Crime and Crime TV Shows.

        A slug that no genre has is read as the words it is made of.
        """
        content = _content(text.stems(text.fold(self.names.get(slug, slug.replace("-", " ")))))
        others = (each for words, slugs in self.by_words.items() if content and content <= words for each in slugs)
        return list(dict.fromkeys((*([slug] if slug in self.names else ()), *others)))

    def meant(self, phrase: str, stems: list[str]) -> list[str]:
        """Genres that are called so, or that a phrase means in other words or another language."""
        if found := self.called(stems):
            return found
        others = (self.called(text.stems(name)) for name in genre_names(phrase))
        return next((slugs for slugs in others if slugs), [])


@dataclass(slots=True)
class Word:
    """A word of a query. `weight` is how much it says; `concepts` are what it may stand for, alone or with its neighbours.

    `stems` are the word without its ending, in each of the catalogue's languages, the English one first.
    """

    word: str
    stems: tuple[str, ...]
    number: str | None
    little: bool
    weight: float = 1.0
    concepts: list[Concept] = field(default_factory=list)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The ways to write the number that it is."""
        return (self.number or self.word, *text.same_numbers(self.word))


@dataclass(slots=True)
class Reading:
    """A query. `squashed` is all of it without spaces, `core` what is left of it without the words around what is meant.

    `rest` are the words that stand for nothing but themselves.
    """

    folded: str
    squashed: str
    core: str
    words: list[Word]
    concepts: list[Concept]

    rest: list[Word]
    languages: tuple[str, ...] = ("en",)
    # Its words are how signs may sound: they are right or wrong, and never nearly right.
    by_sound: bool = False

    @property
    def facts_alone(self) -> bool:
        """Whether all that says something stands for facts: nothing but a genre, a country, years."""
        return not self.rest and any(concept.kind != "type" for concept in self.concepts)


def read(query: str, genres: Genres, languages: tuple[str, ...] = ("en",)) -> Reading:
    """Read a query; `genres` and `languages` (`text.stemmed`) are those of the catalogue."""
    written = text.fold(query[: text.LONGEST])[: text.LONGEST_FOLDED]
    folded = _SHORT.sub(lambda match: SHORT_FOR[match.group()], written)
    plain = folded.split()[: text.MOST_WORDS]
    stems = text.stems(" ".join(plain))
    words = [
        Word(word, _stems(word, languages), text.same_number(word), word in STOP or word in CHATTER or word in TYPES)
        for word in plain
    ]
    concepts = _alternatives(list(_concepts(plain, stems, genres)), plain)
    for concept in concepts:
        for word in words[concept.first : concept.last + 1]:
            word.concepts.append(concept)
    rest = [word for word in words if not word.concepts and not word.little]
    by_sound = text.is_spelled_by_sound(query)
    return Reading(" ".join(plain), "".join(plain), "".join(_core(plain)), words, concepts, rest, languages, by_sound)


def _stems(word: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.stem(word, language) for language in languages))


def weigh(reading: Reading, frequency: Any, documents: int) -> None:
    """Say how much each word tells, by how many titles have it (`frequency(stem)`)."""
    for word in reading.words:
        word.weight = math.log(1 + documents / (1 + frequency(word)))
        if reading.facts_alone and word.concepts:
            word.weight = max(word.weight, _FACT)
        elif word.little:
            word.weight *= _LITTLE


def _core(words: list[str]) -> list[str]:
    """The words without what people say around a name: "watch … full movie", "… netflix"."""
    if len(words) > 2 and words[-2] in _SEASON and words[-1].isdecimal():
        words = words[:-2]
    around = {*CHATTER, *TYPES}
    first, last = 0, len(words)
    while last > 1 and words[last - 1] in around:
        last -= 1
    while first < last - 1 and words[first] in around:
        first += 1
    return words[first:last]


def _concepts(words: list[str], stems: list[str], genres: Genres) -> Iterator[Concept]:
    taken = [False] * len(words)
    for length in range(min(_LONGEST_PHRASE, len(words)), 0, -1):
        for first in range(len(words) - length + 1):
            last = first + length - 1
            if any(taken[first : last + 1]):
                continue
            phrase = " ".join(words[first : last + 1])
            found = list(_stands_for(phrase, stems[first : last + 1], genres))
            for kind, values in found:
                names = {slug: text.fold(genres.names[slug]) for slug in values} if kind == "genre" else {}
                called = frozenset(slug for slug, name in names.items() if name == phrase)
                several = phrase.endswith("s") and any(
                    text.stems(name) == stems[first : last + 1] for name in names.values()
                )
                yield Concept(kind, frozenset(values), first, last, called, films=several and not called)
            if found and length > 1:
                taken[first : last + 1] = [True] * length


def _alternatives(concepts: Sequence[Concept], words: Sequence[str]) -> list[Concept]:
    """What words stand for; two of a kind between which there is an "or" are one: a comedy or a thriller is either."""
    if _OR.isdisjoint(words):
        return list(concepts)
    found: list[Concept] = []
    for concept in sorted(concepts, key=lambda each: each.first):
        joined = next((each for each in found if each.last + 2 == concept.first and each.kind == concept.kind), None)
        if joined is None or concept.kind not in _MAY_BE_EITHER or words[concept.first - 1] not in _OR:
            found.append(concept)
            continue
        found[found.index(joined)] = replace(
            joined, values=joined.values | concept.values, last=concept.last, called=joined.called | concept.called
        )
    # What else one of the two may be is one more of the alternatives: French is a country and a language, Irish the one.
    either = [each for each in found if each.last > each.first + 1 and words[each.last - 1] in _OR]
    whole = {place: each for each in either for place in range(each.first, each.last + 1)}
    return [
        replace(each, first=whole[each.first].first, last=whole[each.first].last)
        if each.first in whole and each.last <= whole[each.first].last
        else each
        for each in found
    ]


def _stands_for(phrase: str, stems: list[str], genres: Genres) -> Iterator[tuple[str, Any]]:
    yield from _in_english(phrase, stems, genres)
    if other := english(phrase):
        yield from _in_english(other, text.stems(other), genres)


def _in_english(phrase: str, stems: list[str], genres: Genres) -> Iterator[tuple[str, Any]]:
    if phrase in COUNTRY_WORDS:
        yield "country", COUNTRY_WORDS[phrase]
    if phrase in LANGUAGE_WORDS:
        yield "language", LANGUAGE_WORDS[phrase]
        # Where the word means a country as well, that says it better.
        if phrase not in COUNTRY_WORDS and (countries := spoken_in(LANGUAGE_WORDS[phrase])):
            yield "spoken", countries
    if phrase in TYPES:
        yield "type", (TYPES[phrase],)
    if phrase.isdigit() and len(phrase) == 4 and 1900 <= int(phrase) <= 2100:
        yield "years", (int(phrase),)
    if decade := decade_of(phrase):
        yield "years", (decade, decade + 9)
    if found := genres.meant(phrase, stems):
        yield "genre", found


def decade_of(word: str) -> int | None:
    """The first year of a decade: of 90s, 1990s, nineties."""
    if match := _DECADE.fullmatch(word):
        century, digit = match.groups()
        if century:
            return int(f"{century}{digit}0")
        return int(f"20{digit}0") if int(digit) < 3 else int(f"19{digit}0")
    return DECADES.get(word)


def _content(stems: list[str]) -> frozenset[str]:
    """What of a genre's name tells it from others: "TV Dramas" and "Dramas" are one."""
    said = " ".join(SAME_GENRE.get(stem, stem) for stem in stems)
    for two, same in SAME_GENRE_IN_TWO.items():
        said = said.replace(two, same)
    return frozenset(said.split()) - NO_GENRE
