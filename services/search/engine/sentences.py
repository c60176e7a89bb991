"""A sentence read into wishes, and wishes into limits of a search. German ones are read by the same rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from tantivy import FieldType, Occur, Query

from services.search.engine import candidates, text
from services.search.engine.abroad import english
from services.search.engine.candidates import narrowed
from services.search.engine.documents import OLDEST
from services.search.engine.german import in_english
from services.search.engine.index import View, any_of
from services.search.engine.lexicon import CHATTER, MOODS, STOP, TOLD_OF, TYPES, WISHING
from services.search.engine.places import COUNTRY_WORDS, LANGUAGE_WORDS, country_name, language_name, spoken_in
from services.search.engine.reading import decade_of
from services.search.engine.visibility import Clause, Limits
from services.search.engine.wishes import Wish, amounts, choice, may_be, span

# "Not" reaches as far as the next thing that is named, "without" over all that are named together.
_NOT = frozenset(("not", "never", "isnt", "arent", "neither", "nor"))
_NONE = frozenset(("no", "without", "except", "nothing"))
_OR = "or"
_JOINED = {True: frozenset((_OR, "and", "a", "an", "the", "any", "too", "very")), False: frozenset((_OR,))}
_DEGREE = frozenset(("too", "very", "really", "so", "overly", "extremely", "quite", "rather", "super"))
# They may stand between "or" and what it is about: "not a comedy or a very sad film".
_SLIGHT = _DEGREE | {"a", "an", "the", "any"}
_NOTHING = STOP | CHATTER | WISHING | _DEGREE | {"either"}
_IN = "in"
# A point between digits ends nothing.
_PARTS = re.compile(r"([,;:!?()]|\.(?!\d)| but | aber )")
_COMMA = ","
_BESIDE = frozenset(("type", "year", "runtime", "maturity"))
_LONGEST = 3
MOST = 20
# Of words a sentence may have as many, and nobody wishes for more of anything else.
MOST_OF_A_KIND = 6
WIDEST = 80
SURE_OF_PERSON = 0.93


def read(view: View, sentence: str, seen: Limits) -> list[Wish]:
    """What a sentence asks for. Genres and people are named only where the viewer may see something of them (`seen`)."""
    heard, kept = list[_Heard](), list[Wish]()
    parts = _PARTS.split(sentence.lower())[: 2 * MOST - 1]
    for part, before in zip(parts[::2], ("", *parts[1::2]), strict=True):
        heard += _of_part(view, text.fold(part), seen, after=before)
    for wish in {(wish.kind, wish.value): wish for wish in _alternatives(heard)}.values():
        if sum(other.kind == wish.kind for other in kept) < most_of(wish.kind):
            kept.append(wish)
    return kept[:MOST]


def most_of(kind: str) -> int:
    """How many wishes of a kind there may be."""
    return MOST if kind == "text" else MOST_OF_A_KIND


class _Heard(NamedTuple):
    """A wish, and how it hangs together with the one before: by "or", by a comma, or by neither."""

    wish: Wish
    link: str


def _alternatives(heard: Sequence[_Heard]) -> list[Wish]:
    """The wishes; those of one kind between which there is an "or" are one choice, and so is a list that ends in one.

    Of a list that begins with a negation none is wanted: "not a comedy, a thriller or a drama".
    """
    wishes, listed = [each.wish for each in heard], list[int]()
    for place, (wish, link) in enumerate(heard):
        # "A comedy film or a thriller": a film goes with what is said before it.
        if wish.kind in _BESIDE:
            continue
        first, last = (wishes[listed[0]], wishes[listed[-1]]) if listed else (None, None)
        goes_on = last is not None and not wish.negated and (
            (link == _COMMA and last.kind == wish.kind)
            or (link == _OR and may_be(last.kind) == may_be(wish.kind) and (not last.negated or len(listed) > 1))
        )  # fmt: skip
        if first is None or not goes_on:
            listed = [place] if may_be(wish.kind) else []
            continue
        listed.append(place)
        if link == _OR:
            for each in listed:
                wishes[each] = replace(
                    wishes[each], negated=first.negated, one_of=None if first.negated else first.kind
                )
    return wishes


def _of_part(view: View, part: str, seen: Limits, after: str) -> Iterator[_Heard]:
    """What a part of a sentence asks for that comes `after` a sign."""
    part, found = amounts(in_english(part))
    yield from (_Heard(wish, "") for wish in found)
    link = _COMMA if after == _COMMA else ""
    words = part.split()[: text.MOST_WORDS]
    # Whether a negation is open, whether it is one of all that follows together, and whether it has met something.
    negated = widely = met = False
    place, named = 0, ""
    while place < len(words):
        word = words[place]
        if word in _NOT or word in _NONE:
            negated, widely, met = True, word in _NONE, False
            place += 1
            continue
        link = word if word == _OR else "" if word == "and" else link
        joint = next((each for each in reversed(words[:place]) if each not in _SLIGHT), "")
        before = words[place - 1] if place else ""
        # In Korean is in the language, and in Japanese or Korean too.
        spoken = before == _IN or (named == "language" and before in _JOINED[True])
        length, wishes = _longest(view, words, place, seen, negated, spoken)
        named = wishes[0].kind if wishes else named
        goes_on = widely or joint == _OR if wishes else word in _JOINED[widely] or (word in _SLIGHT and joint == _OR)
        if met and negated and wishes and wishes[0].kind == "type" and joint != _OR:
            # Who wants no horror film wants a film all the same; who wants no horror films says nothing of films.
            wishes = [] if widely else [replace(wish, negated=False) for wish in wishes]
        elif met and not goes_on:
            negated = met = False
            wishes = [replace(wish, negated=False) for wish in wishes]
        met = met or (negated and bool(wishes))
        for wish in wishes:
            yield _Heard(wish, link)
            link = ""
        place += length


def _longest(
    view: View, sentence: list[str], place: int, seen: Limits, negated: bool, spoken: bool
) -> tuple[int, list[Wish]]:
    """What the words at a place stand for, as many of them as possible, and how many those are."""
    words = sentence[place:]
    for length in range(min(_LONGEST, len(words)), 0, -1):
        # "A family film" is a genre, "a family at the lake" is not.
        told_of = length == 1 and words[0] in TOLD_OF and (len(words) == 1 or words[1] not in TYPES)
        if wish := _stands_for(view, words[:length], seen, negated, told_of=told_of, spoken=spoken):
            return length, [wish]
    if words[0] in _NOTHING or words[0].isdigit() or len(words[0]) < 3:
        return 1, []
    return 1, [Wish("text", words[0][:WIDEST], words[0][:WIDEST], negated)]


def _stands_for(
    view: View, words: list[str], seen: Limits, negated: bool, *, told_of: bool = False, spoken: bool = False
) -> Wish | None:
    """What words stand for; `told_of`: they are in the story, and no genre; `spoken`: a language before a country."""
    phrase = " ".join(words)
    if phrase in MOODS:
        return Wish("mood", phrase, phrase, negated)
    if decade := decade_of(phrase):
        return Wish("decade", str(decade), f"{decade}s", negated)
    if phrase.isdecimal() and phrase.isascii() and len(phrase) == 4 and 1900 <= int(phrase) <= 2100:
        return Wish("year", phrase, phrase, negated)
    if phrase in TYPES:
        return Wish("type", TYPES[phrase], {"movie": "film", "series": "series"}[TYPES[phrase]], negated)
    if not (phrase in STOP or told_of) and (genre := _genre(view, phrase, seen, negated)):
        return genre
    # "Us" alone is who is watching.
    if phrase == "the us":
        phrase = "usa"
    called = phrase if phrase in COUNTRY_WORDS or phrase in LANGUAGE_WORDS else english(phrase) or phrase
    if called in COUNTRY_WORDS and not (spoken and called in LANGUAGE_WORDS):
        return Wish("country", COUNTRY_WORDS[called][0], country_name(COUNTRY_WORDS[called][0]), negated)
    if called in LANGUAGE_WORDS:
        return Wish("language", LANGUAGE_WORDS[called][0], language_name(LANGUAGE_WORDS[called][0]), negated)
    if len(words) > 1 and not STOP.intersection(words):
        for person in candidates.people(view, "".join(words), phrase, seen)[:1]:
            if len(person.name) <= WIDEST and person.likeness >= SURE_OF_PERSON:
                return Wish("person", person.name, person.name, negated)
    return None


def _genre(view: View, phrase: str, seen: Limits, negated: bool) -> Wish | None:
    """The genre that words mean, named by the shortest name of those that are seen, which stands for the others too."""
    found: dict[str, None] = {}
    for slug in view.genres.meant(phrase, text.stems(phrase)):
        found |= dict.fromkeys((slug, *view.genres.like(slug)))
    names = view.genres.names
    for slug in sorted(found, key=lambda each: (len(names[each]), each)):
        if view.count(narrowed(Query.term_query(view.schema, "genre", slug, "basic"), *seen.clauses)):
            return Wish("genre", slug, names[slug], negated)
    return None


def words_of(wishes: Sequence[Wish]) -> str:
    """The words that titles should be about: those that stand for nothing else, and moods no genre has."""
    return " ".join(wish.value for wish in wishes if wish.kind == "text" and not wish.negated)


def limits(view: View, wishes: Sequence[Wish], seen: Limits) -> list[Clause]:
    """What a title must have, and must not; people are those of whom something may be `seen`.

    Of wishes that no title meets together, and of those that were said to be choices, it has to meet one (`choice`).
    """
    clauses, either = list[Clause](), dict[str, list[Clause]]()
    for wish in wishes:
        query = _query(view, wish, seen)
        if query is None:
            continue
        if one_of := choice(wish.kind, wish.value, negated=wish.negated, said=wish.one_of):
            either.setdefault(one_of, []).append((Occur.Should, query))
        elif wish.negated or wish.kind != "text":
            clauses.append((Occur.MustNot if wish.negated else Occur.Must, Query.const_score_query(query, 0.0)))
    clauses += [(Occur.Must, Query.const_score_query(Query.boolean_query(some), 0.0)) for some in either.values()]
    return clauses


def _query(view: View, wish: Wish, seen: Limits) -> Query | None:
    schema, value = view.schema, wish.value
    match wish.kind:
        case "genre":
            return any_of(schema, "genre", view.genres.like(value) or [value])
        case "type" | "country":
            return Query.term_query(schema, wish.kind, value, "basic")
        case "language":
            return _in_language(view, value.partition("-")[0].lower())
        case "decade":
            return Query.term_query(schema, wish.kind, int(value), "basic")
        case "year":
            return Query.range_query(schema, "year", FieldType.Integer, *span(value))
        case "runtime":
            # A number alone is the most.
            low, high = span(value if "-" in value else f"-{value}")
            return Query.range_query(schema, "runtime", FieldType.Integer, low and low * 60, high and high * 60)
        case "maturity":
            return any_of(schema, "age", [str(age) for age in range(min(int(value), OLDEST) + 1)])
        case "person":
            folded = text.fold(value)
            who = candidates.people(view, text.squash(folded), folded, seen)
            # Who is called exactly so is meant, and nobody whose name is only like it.
            sure = 1.0 if who and who[0].likeness == 1.0 else SURE_OF_PERSON
            return any_of(schema, "credit", [person.id for person in who if person.likeness >= sure])
        case "mood":
            return _mood(view, value)
        case "text":
            return saying(view, value)
    return None


def _in_language(view: View, language: str) -> Query:
    """Titles in a language, and those of a country where it is spoken that do not tell theirs."""
    either = [(Occur.Should, Query.term_query(view.schema, "language", language, "basic"))]
    if countries := spoken_in((language,)):
        either.append((Occur.Should, candidates.spoken_query(view, countries)))
    return Query.boolean_query(either)


def saying(view: View, words: str) -> Query | None:
    """Titles that have one of these words anywhere; None of words that cannot be compared."""
    stems = [stem for language in view.languages for stem in text.stems(text.fold(words), language)]
    return any_of(view.schema, "everything", stems) if stems else None


def _mood(view: View, mood: str) -> Query:
    """Titles of the genres that a mood is found in, or that say it of themselves."""
    slugs = [slug for word in MOODS.get(mood, ()) for slug in view.genres.called([word])]
    stems = [stem for stem in text.stems(text.fold(mood)) if stem not in STOP]
    either = [(Occur.Should, any_of(view.schema, "genre", slugs))] if slugs else []
    return Query.boolean_query([*either, (Occur.Should, any_of(view.schema, "everything", stems))])
