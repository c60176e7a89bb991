"""Titles that a query may mean, found in several ways at once; ranking looks at each of them more closely."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from rapidfuzz.distance import OSA
from tantivy import Occur, Query

from libs.contracts.catalog import UNKNOWN_LANGUAGE
from services.search.engine import text
from services.search.engine.index import View, any_of
from services.search.engine.reading import Concept, Reading, Word
from services.search.engine.records import RANKED
from services.search.engine.visibility import Clause, Limits

BY_NAME, BY_WORDS, BY_PERSON, BY_FACTS = 40, 40, 30, 60
PEOPLE_ASKED, PEOPLE = 12, 3
# Those of whom a viewer may see nothing are passed over, up to about so many.
PEOPLE_PASSED = 400
# Of fewer titles each is looked at by itself.
FEW_TITLES = 50
# So many times as many as are wanted are looked for where some of them may be hidden.
AHEAD = 3
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
    """Somebody a query may mean, how much their name is like it, and how many `titles` of theirs the viewer may see."""

    id: str
    name: str
    known: bool
    likeness: float
    # Whether all that was typed is in the name, so that they may be named to who typed it.
    sure: bool
    titles: int = 0


def narrowed(query: Query, *clauses: Clause) -> Query:
    """A query within limits that count nothing towards the score."""
    # Alone, a query of alternatives may skip what cannot be among the best.
    return Query.boolean_query([(Occur.Must, query), *clauses]) if clauses else query


def _best(view: View, query: Query, limits: Limits, most: int) -> list[Any]:
    """Addresses of the titles within limits that score highest."""
    if not limits.clauses:
        return view.best(query, most)
    if not limits.filters:
        # Without clauses a query skips what cannot be among the best. Of those it finds most are seen, or it is asked again.
        likely = view.best(query, AHEAD * most)
        seen = limits.among(view, likely)
        if len(seen) >= most or len(likely) < AHEAD * most:
            return seen[:most]
    return view.best(narrowed(query, *limits.clauses), most)


def by_name(view: View, asked: str, spaced: str, limits: Limits, *, most: int = BY_NAME) -> list[Any]:
    """Addresses of titles whose names share the most groups of letters with what was typed."""
    query = threes_query(view, "threes", asked, spaced)
    return _best(view, query, limits, most) if query else []


def by_beginning(view: View, asked: str, limits: Limits, *, most: int) -> list[Any]:
    """Addresses of titles that are called so, or one of whose names begins so: the most played, and then the youngest."""
    # Every name that begins so is looked through within the limits: hidden ones must not stand in their way.
    called, whole = text.beginning(asked)
    begun = any_of(view.schema, "called", [called]) if whole else Query.regex_query(view.schema, "called", called)
    exactly = narrowed(Query.term_query(view.schema, "called", asked, "basic"), *limits.clauses)
    query = narrowed(begun, *limits.clauses)
    found = view.searcher.search(query, most, count=False, order_by_field="popularity").hits
    young = view.searcher.search(query, most // 2, count=False, order_by_field="year").hits
    return [*view.best(exactly, SAME_NAME), *(address for _, address in (*found, *young))]


def by_words(view: View, reading: Reading, limits: Limits, *, most: int = BY_WORDS) -> list[Any]:
    """Addresses of titles that have the query's words anywhere, rare words first."""
    says = [word for word in reading.words if not word.little] or reading.words
    rare = set(_rare(view, "everything", [word.word for word in says], FEWEST_WORDS))
    found = [query for word in says if word.word in rare and (query := _anywhere(view, word))]
    if not found:
        return []
    return _best(view, Query.boolean_query([(Occur.Should, query) for query in found]), limits, most)


def _anywhere(view: View, word: Word) -> Query | None:
    # A query of one term may skip more than one of alternatives.
    forms = [
        form
        for form in text.distinct((word.word, *word.stems, word.number or ""))
        if view.searcher.doc_freq("everything", form)
    ]
    found = [Query.term_query(view.schema, "everything", form, "basic") for form in forms]
    return Query.disjunction_max_query(found) if len(found) > 1 else next(iter(found), None)


def by_facts(view: View, reading: Reading, limits: Limits, *, most: int = BY_FACTS) -> list[Any]:
    """Addresses of titles that have all that the query's words stand for, the most played and then the youngest first."""
    facts = facts_query(view, reading)
    if facts is None:
        return []
    query = narrowed(facts, *limits.clauses)
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


def people(view: View, asked: str, spaced: str, limits: Limits) -> list[Person]:
    """Those whose names are like what was typed, the most alike first, of whom the viewer may see something."""
    likely = threes_query(view, "person_threes", asked, spaced)
    namesakes = Query.term_query(view.schema, "surname", asked, "basic")
    looked = [(query, most) for query, most in ((likely, PEOPLE_ASKED), (namesakes, NAMESAKES)) if query is not None]
    titles = cache(lambda person: _titles(view, person, limits))
    found: dict[str, Person] = {}
    for query, most in looked:
        found |= {person.id: person for person in _alike_of(view, query, most, 0, asked, spaced)}
    chosen, passed = _likeliest(found.values(), titles)
    if not passed:
        return chosen
    # Who has nothing to be seen was in the way of others.
    for query, most in looked:
        found |= {person.id: person for person in _beyond(view, query, most, titles, asked, spaced)}
    return _likeliest(found.values(), titles)[0]


def _titles(view: View, person: str, limits: Limits) -> int:
    """How many titles of somebody a viewer may see."""
    query = any_of(view.schema, "credit", [person])
    some = view.best(query, FEW_TITLES)
    if len(some) < FEW_TITLES:
        return len(limits.among(view, some))
    return view.count(narrowed(query, *limits.seen))


def _likeliest(found: Iterable[Person], titles: Callable[[str], int]) -> tuple[list[Person], bool]:
    """The most alike of those who have titles, and whether somebody had none. Of those called the same, who is in the most."""
    chosen: list[Person] = []
    passed = False
    ordered = sorted(found, key=lambda person: -person.likeness)
    for likeness, alike in groupby(ordered, key=lambda person: person.likeness):
        same = list(alike)
        if likeness >= BY_SURNAME:
            same.sort(key=lambda person: -titles(person.id))
        for person in same:
            if len(chosen) == PEOPLE:
                return chosen, passed
            if many := titles(person.id):
                chosen.append(replace(person, titles=many))
            else:
                passed = True
    return chosen, passed


def _beyond(
    view: View, query: Query, most: int, titles: Callable[[str], int], asked: str, spaced: str
) -> Iterator[Person]:
    """Further people that a query finds: as many more as were passed over, for they have nothing to be seen."""
    looked, wanted = 0, most
    while looked < wanted and looked < PEOPLE_PASSED:
        found = list(_alike_of(view, query, wanted - looked, looked, asked, spaced))
        looked = wanted
        wanted += sum(not titles(person.id) for person in found)
        yield from found


def _alike_of(view: View, query: Query, most: int, beyond: int, asked: str, spaced: str) -> Iterator[Person]:
    """Of so many people whom a query finds, beyond the first ones, those whose names are alike enough."""
    for row in view.read(view.best(query, most, beyond), RANKED):
        alike = max(person_likeness(spaced, name) for name in row["names"])
        if any(asked in text.surnames(name) for name in row["names"]):
            alike = max(alike, BY_SURNAME)
        if alike >= PERSON_ALIKE:
            sure = any(_is_called(asked, spaced, name) for name in row["names"])
            yield Person(row["id"], row["name"], row["known"], alike, sure)


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


def by_person(view: View, reading: Reading, who: list[Person], limits: Limits, *, most: int = BY_PERSON) -> list[Any]:
    """Addresses of the titles of these people, the most played first, and of those that have the query's facts as well."""
    if not who:
        return []
    query = narrowed(any_of(view.schema, "credit", [person.id for person in who]), *limits.clauses)
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
