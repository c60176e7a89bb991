"""A sentence read into wishes, and wishes into limits of a search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tantivy import FieldType, Occur, Query

from services.search.engine import candidates, text
from services.search.engine.candidates import narrowed
from services.search.engine.documents import OLDEST
from services.search.engine.index import View, ids_query
from services.search.engine.lexicon import CHATTER, DIGITS, MOODS, STOP, TOLD_OF, TYPES
from services.search.engine.places import COUNTRY_WORDS, LANGUAGE_WORDS, country_name, language_name
from services.search.engine.reading import decade_of
from services.search.engine.visibility import Clause

_NOT = frozenset(("not", "no", "without", "except", "nothing", "never", "isnt", "arent"))
# A negation reaches as far as its part of the sentence.
_PARTS = re.compile(r"[,;:.!?()]| but ")
_RUNTIME = re.compile(
    r"(?:under|below|less than|shorter than|at most|max|up to|within) (\d+|[a-z]+)(?: and a half)?"
    r" ?(hours?|h|minutes?|mins?|min)\b"
)
_KIDS = re.compile(r"for (?:my |the |small |little |young )?(?:kids|children|a child|toddlers|family|whole family)\b")
CHILD = 7
_LONGEST = 3
MOST = 20
# Of words a sentence may have as many, and nobody wishes for more of anything else.
MOST_OF_A_KIND = 6
WIDEST = 80
SURE_OF_PERSON = 0.93


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a sentence asks for, or asks to leave out; kinds as in `schemas.discovery`."""

    kind: str
    value: str
    label: str
    negated: bool = False


def read(view: View, sentence: str, seen: Sequence[Clause]) -> list[Wish]:
    """What a sentence asks for. Genres and people are named only where the viewer may see something of them (`seen`)."""
    found: list[Wish] = []
    for part in _PARTS.split(sentence.lower())[:MOST]:
        found += _of_part(view, text.fold(part), seen)
    kept: list[Wish] = []
    for wish in {(wish.kind, wish.value): wish for wish in found}.values():
        if sum(other.kind == wish.kind for other in kept) < most_of(wish.kind):
            kept.append(wish)
    return kept[:MOST]


def most_of(kind: str) -> int:
    """How many wishes of a kind there may be."""
    return MOST if kind == "text" else MOST_OF_A_KIND


def _of_part(view: View, part: str, seen: Sequence[Clause]) -> Iterator[Wish]:
    if match := _RUNTIME.search(part):
        if minutes := _minutes(match.group(1), match.group(2), half="and a half" in match.group()):
            yield Wish("runtime", str(minutes), f"under {minutes} min")
        part = part[: match.start()] + part[match.end() :]
    if match := _KIDS.search(part):
        yield Wish("maturity", str(CHILD), "for children")
        part = part[: match.start()] + part[match.end() :]
    words = part.split()[: text.MOST_WORDS]
    negated = False
    place = 0
    while place < len(words):
        if words[place] in _NOT:
            negated = True
            place += 1
            continue
        length, wishes = _longest(view, words[place:], seen, negated)
        yield from wishes
        place += length


def _minutes(number: str, unit: str, *, half: bool) -> int | None:
    digits = DIGITS.get(number, "1" if number in ("an", "a") else number)
    if not digits.isdecimal() or not 0 < int(digits) < 1000:
        return None
    return int(digits) * 60 + 30 * half if unit.startswith("h") else int(digits)


def _longest(view: View, words: list[str], seen: Sequence[Clause], negated: bool) -> tuple[int, list[Wish]]:
    """What the first words stand for, as many of them as possible, and how many those are."""
    for length in range(min(_LONGEST, len(words)), 0, -1):
        # "A family film" is a genre, "a family at the lake" is not.
        told_of = length == 1 and words[0] in TOLD_OF and (len(words) == 1 or words[1] not in TYPES)
        if wish := _stands_for(view, words[:length], seen, negated, told_of=told_of):
            return length, [wish]
    if words[0] in STOP or words[0] in CHATTER or words[0].isdigit() or len(words[0]) < 3:
        return 1, []
    return 1, [Wish("text", words[0][:WIDEST], words[0][:WIDEST], negated)]


def _stands_for(
    view: View, words: list[str], seen: Sequence[Clause], negated: bool, *, told_of: bool = False
) -> Wish | None:
    """What words stand for; `told_of`: they are in the story, and no genre."""
    phrase = " ".join(words)
    if phrase in MOODS:
        return Wish("mood", phrase, phrase, negated)
    if decade := decade_of(phrase):
        return Wish("decade", str(decade), f"{decade}s", negated)
    if phrase.isdecimal() and phrase.isascii() and len(phrase) == 4 and 1900 <= int(phrase) <= 2100:
        return Wish("year", phrase, phrase, negated)
    if phrase in TYPES:
        return Wish("type", TYPES[phrase], {"movie": "film", "series": "series"}[TYPES[phrase]], negated)
    for slug in () if phrase in STOP or told_of else view.genres.called(text.stems(phrase)):
        if view.count(narrowed(Query.term_query(view.schema, "genre", slug, "basic"), *seen)):
            return Wish("genre", slug, view.genres.names[slug], negated)
    if phrase in COUNTRY_WORDS:
        return Wish("country", COUNTRY_WORDS[phrase][0], country_name(COUNTRY_WORDS[phrase][0]), negated)
    if phrase in LANGUAGE_WORDS:
        return Wish("language", LANGUAGE_WORDS[phrase][0], language_name(LANGUAGE_WORDS[phrase][0]), negated)
    if len(words) > 1 and not STOP.intersection(words):
        for person in candidates.people(view, "".join(words), phrase)[:1]:
            seen_of = narrowed(ids_query(view.schema, "credit", [person.id]), *seen)
            if len(person.name) <= WIDEST and person.likeness >= SURE_OF_PERSON and view.count(seen_of):
                return Wish("person", person.name, person.name, negated)
    return None


def words_of(wishes: Sequence[Wish]) -> str:
    """The words that titles should be about: those that stand for nothing else, and moods no genre has."""
    return " ".join(wish.value for wish in wishes if wish.kind == "text" and not wish.negated)


def limits(view: View, wishes: Sequence[Wish]) -> list[Clause]:
    """What a title must have, and must not."""
    clauses = []
    for wish in wishes:
        query = _query(view, wish)
        if query is not None and (wish.negated or wish.kind != "text"):
            clauses.append((Occur.MustNot if wish.negated else Occur.Must, Query.const_score_query(query, 0.0)))
    return clauses


def _query(view: View, wish: Wish) -> Query | None:
    schema, value = view.schema, wish.value
    number = int(value) if value.isdecimal() and len(value) < 6 else None
    match wish.kind:
        case "genre" | "type" | "country" | "language":
            return Query.term_query(schema, wish.kind, value, "basic")
        case "decade" | "year" if number is not None:
            return Query.term_query(schema, wish.kind, number, "basic")
        case "runtime" if number is not None:
            return Query.range_query(schema, "runtime", FieldType.Integer, None, number * 60)
        case "maturity" if number is not None:
            return Query.term_set_query(schema, "age", [str(age) for age in range(min(number, OLDEST) + 1)])
        case "person":
            folded = text.fold(value)
            who = candidates.people(view, text.squash(folded), folded)
            return ids_query(schema, "credit", [person.id for person in who if person.likeness >= SURE_OF_PERSON])
        case "mood":
            return _mood(view, value)
        case "text":
            stems = [stem for language in view.languages for stem in text.stems(text.fold(value), language)]
            return Query.term_set_query(schema, "everything", stems) if stems else None
    return None


def _mood(view: View, mood: str) -> Query:
    """Titles of the genres that a mood is found in, or that say it of themselves."""
    slugs = [slug for word in MOODS.get(mood, ()) for slug in view.genres.called([word])]
    stems = [stem for stem in text.stems(text.fold(mood)) if stem not in STOP]
    either = [(Occur.Should, Query.term_set_query(view.schema, "genre", slugs))] if slugs else []
    return Query.boolean_query([*either, (Occur.Should, Query.term_set_query(view.schema, "everything", stems))])
