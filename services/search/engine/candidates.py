"""Titles that a query may mean, found in several ways at once; ranking looks at each of them more closely."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA
from tantivy import Occur, Query

from libs.contracts.catalog import UNKNOWN_LANGUAGE
from services.search.engine import text
from services.search.engine.index import View, any_of
from services.search.engine.reading import Concept, Reading, Word
from services.search.engine.records import RANKED
from services.search.engine.visibility import Clause

BY_NAME, BY_WORDS, BY_PERSON, BY_FACTS = 40, 40, 30, 60
PEOPLE_ASKED, PEOPLE = 12, 3
# So many titles of exactly one name are looked at.
SAME_NAME = 10
FEWEST_WORDS = 1
# Groups of letters that are looked for at most.
GROUPS, FEWEST_GROUPS = 14, 5
# So many entries of the index a query may look through beyond the fewest terms: a catalogue of a million titles has long lists.
MOST_ENTRIES = 120_000
# How alike a name is to what was typed at least, to be thought of; and how alike it is of which only the end was typed.
PERSON_ALIKE, BY_SURNAME = 0.74, 0.97
# So many people of one surname are looked at.
NAMESAKES = 24
# To be named: how alike the whole name or each word of it is, and how many letters of an unfinished one there are.
CALLED_ALIKE, WORD_ALIKE, FEWEST_BEGUN = 0.85, 0.75, 3


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a query may mean, and how much their name is like it."""

    id: str
    name: str
    known: bool
    likeness: float
    # Whether all that was typed is in the name, so that they may be named to who typed it.
    sure: bool


def narrowed(query: Query, *clauses: Clause) -> Query:
    """A query within limits that count nothing towards the score."""
    # Alone, a query of alternatives may skip what cannot be among the best.
    return Query.boolean_query([(Occur.Must, query), *clauses]) if clauses else query


def by_name(view: View, asked: str, spaced: str, *limits: Clause, most: int = BY_NAME) -> list[Any]:
    """Addresses of titles whose names share the most groups of letters with what was typed."""
    query = threes_query(view, "threes", asked, spaced)
    return view.best(narrowed(query, *limits), most) if query else []


def by_beginning(view: View, asked: str, *limits: Clause, most: int) -> list[Any]:
    """Addresses of titles that are called so, or one of whose names begins so: the most played, and then the youngest."""
    # Of more letters every name that begins so is looked through within the limits: hidden ones must not stand in their way.
    if len(asked) <= text.BEGINNING:
        begun = any_of(view.schema, "called", [asked, f"^{asked}"])
    else:
        begun = Query.regex_query(view.schema, "called", f"{re.escape(asked)}.*")
    exactly = narrowed(Query.term_query(view.schema, "called", asked, "basic"), *limits)
    query = narrowed(begun, *limits)
    found = view.searcher.search(query, most, count=False, order_by_field="popularity").hits
    young = view.searcher.search(query, most // 2, count=False, order_by_field="year").hits
    return [*view.best(exactly, SAME_NAME), *(address for _, address in (*found, *young))]


def by_words(view: View, reading: Reading, *limits: Clause, most: int = BY_WORDS) -> list[Any]:
    """Addresses of titles that have the query's words anywhere, rare words first."""
    says = [word for word in reading.words if not word.little] or reading.words
    rare = set(_rare(view, "everything", [word.word for word in says], FEWEST_WORDS))
    clauses = [(Occur.Should, _anywhere(view, word)) for word in says if word.word in rare]
    if not clauses:
        return []
    return view.best(narrowed(Query.boolean_query(clauses), *limits), most)


def _anywhere(view: View, word: Word) -> Query:
    forms = text.distinct((word.word, *word.stems, word.number or ""))
    found = [Query.term_query(view.schema, "everything", form, "basic") for form in forms]
    return found[0] if len(found) == 1 else Query.disjunction_max_query(found)


def by_facts(view: View, reading: Reading, *limits: Clause, most: int = BY_FACTS) -> list[Any]:
    """Addresses of titles that have all that the query's words stand for, the most played and then the youngest first."""
    facts = facts_query(view, reading)
    if facts is None:
        return []
    query = narrowed(facts, *limits)
    found = view.searcher.search(query, most, count=False, order_by_field="popularity").hits
    young = view.searcher.search(query, most // 2, count=False, order_by_field="year").hits
    return [address for _, address in (*found, *young)]


def facts_query(view: View, reading: Reading) -> Query | None:
    """Titles that have all that words stand for; one that may be several things is met by any of them."""
    clauses: list[Clause] = []
    spans: dict[tuple[int, int], list[Concept]] = {}
    for concept in reading.concepts:
        spans.setdefault((concept.first, concept.last), []).append(concept)
    for concepts in spans.values():
        either = [(Occur.Should, concept_query(view, concept)) for concept in concepts]
        clauses.append((Occur.Must, Query.boolean_query(either)))
    return Query.boolean_query(clauses) if clauses else None


def concept_query(view: View, concept: Concept) -> Query:
    """Titles that have what words stand for."""
    if concept.kind == "years":
        years = range(min(concept.values), max(concept.values) + 1)
        return any_of(view.schema, "year", years)
    if concept.kind == "spoken":
        return spoken_query(view, concept.values)
    return any_of(view.schema, concept.kind, sorted(concept.values))


def spoken_query(view: View, countries: Collection[str]) -> Query:
    """Titles of these countries of which nothing else tells what is spoken in them."""
    unknown = Query.term_query(view.schema, "language", UNKNOWN_LANGUAGE, "basic")
    return Query.boolean_query([(Occur.Must, any_of(view.schema, "country", sorted(countries))), (Occur.Must, unknown)])


def people(view: View, asked: str, spaced: str) -> list[Person]:
    """Those whose names are like what was typed, the most alike first; whether a viewer may know of them is not looked at."""
    query = threes_query(view, "person_threes", asked, spaced)
    rows = view.read(view.best(query, PEOPLE_ASKED), RANKED) if query else []
    namesakes = Query.term_query(view.schema, "surname", asked, "basic")
    rows += view.read(view.best(namesakes, NAMESAKES), RANKED)
    found = {}
    for row in rows:
        alike = max(person_likeness(spaced, name) for name in row["names"])
        if any(asked in text.surnames(name) for name in row["names"]):
            alike = max(alike, BY_SURNAME)
        if alike >= PERSON_ALIKE:
            sure = any(_is_called(asked, spaced, name) for name in row["names"])
            found[row["id"]] = Person(row["id"], row["name"], row["known"], alike, sure)
    # Of those who are called the same, who is in the most titles; that is looked at only where it decides.
    alike_most = sorted(found.values(), key=lambda person: -person.likeness)
    if len(alike_most) > 1:
        alike_most.sort(
            key=lambda person: (-person.likeness, -_titles_of(view, person) if person.likeness >= BY_SURNAME else 0)
        )
    return alike_most[:PEOPLE]


def _titles_of(view: View, person: Person) -> int:
    return view.count(any_of(view.schema, "credit", [person.id]))


def _is_called(asked: str, spaced: str, name: str) -> bool:
    """Whether a name is meant: the whole, its end, or words that are each in it, the last of them perhaps unfinished."""
    if asked in text.surnames(name) or OSA.normalized_similarity(asked, text.squash(name)) >= CALLED_ALIKE:
        return True
    words, theirs = spaced.split(), name.split()
    if len(words) < 2:
        return False
    *before, last = words
    begun = len(last) >= FEWEST_BEGUN and any(their.startswith(last) for their in theirs)
    return all(_alike(word, theirs) for word in before) and (begun or _alike(last, theirs))


def _alike(word: str, theirs: Sequence[str]) -> bool:
    return any(OSA.normalized_similarity(word, their) >= WORD_ALIKE for their in theirs)


def person_likeness(spaced: str, name: str) -> float:
    """How much a name is like what was typed, or what was typed like its beginning."""
    asked = text.squash(spaced)
    squashed = text.squash(name)
    whole: float = OSA.normalized_similarity(asked, squashed)
    if len(asked) >= len(squashed) or len(asked) < 4:
        return whole
    begun = max(OSA.normalized_similarity(asked, squashed[: len(asked) + more]) for more in (-1, 0, 1))
    return max(whole, begun * (0.8 + 0.2 * len(asked) / len(squashed)))


def by_person(view: View, reading: Reading, who: list[Person], *limits: Clause, most: int = BY_PERSON) -> list[Any]:
    """Addresses of the titles of these people, the most played first, and of those that have the query's facts as well."""
    if not who:
        return []
    query = narrowed(any_of(view.schema, "credit", [person.id for person in who]), *limits)
    found = view.searcher.search(query, most, count=False, order_by_field="popularity").hits
    if facts := facts_query(view, reading):
        both = Query.boolean_query([(Occur.Must, query), (Occur.Must, facts)])
        found += view.searcher.search(both, most, count=False, order_by_field="popularity").hits
    return [address for _, address in found]


def _rare(view: View, field: str, terms: Sequence[str], fewest: int) -> list[str]:
    """Of terms those that are rare, which tell documents apart, as many as may be looked for; the others cost the most."""
    counted = sorted((view.searcher.doc_freq(field, term) or view.searcher.num_docs, term) for term in terms)
    chosen: list[str] = []
    cost = 0
    for count, term in counted:
        cost += count
        if cost > MOST_ENTRIES and len(chosen) >= fewest:
            break
        chosen.append(term)
    return chosen


def threes_query(view: View, field: str, asked: str, spaced: str) -> Query | None:
    """Documents that share groups of letters with what was typed, with the words' beginnings as they were typed."""
    groups = _rare(view, field, sorted(text.threes(spaced) | text.threes(asked)), FEWEST_GROUPS)[:GROUPS]
    terms = [Query.term_query(view.schema, field, group, "basic") for group in groups]
    return Query.boolean_query([(Occur.Should, term) for term in terms]) if terms else None
