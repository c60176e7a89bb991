"""One question to the index, from the words to what an answer is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from tantivy import Occur, Query

from services.search.engine import candidates, matching, sentences
from services.search.engine.candidates import Person, narrowed
from services.search.engine.finding import Found, find, find_names
from services.search.engine.index import View, any_of
from services.search.engine.matching import Filters
from services.search.engine.ranking import Fit
from services.search.engine.reading import Reading, read
from services.search.engine.records import SHOWN
from services.search.engine.text import fold, squash, without_article
from services.search.engine.visibility import Clause, Limits, Viewer, hidden, place
from services.search.engine.wishes import Wish

if TYPE_CHECKING:
    from services.search.engine.meanings import Question

# A title is an answer when it fits this well, and not much worse than the best one.
FITS, BESIDE_BEST = 0.62, 0.72
# Of a sentence half of what it is about is enough.
ABOUT = 0.4
# So much of a word is found in a title that has it, if mistyped.
NEARLY_SAID = 0.6
# What words are worth beside what is meant, and how near a title is taken to be whose meaning was not compared.
SAID, LEAST_ALIKE = 0.5, 0.22
SUGGESTIONS = 5
NEAR_MISSES = 3
# How much a name is like the query, or how much of the query is said of a title, so that it surely is an answer.
CALLED, SAID_OF = 0.75, 0.89
SURE_OF_PERSON = 0.8


@dataclass(slots=True)
class Answer:
    """What was found: `items` are (what to show, score), `people` and `genres` come with how many titles they have.

    `sure`: the best of them fits well; else nothing does, and these are what is nearest.
    `unheard` are words that were asked for and that no title which fits otherwise has: those found have none of them.
    """

    reading: Reading
    total: int
    items: list[tuple[dict[str, Any], float]]
    facets: dict[str, list[tuple[str, int]]]
    did_you_mean: str | None = None
    # Whether anybody is called nearly as the query says; `people` are those of them who may be named.
    of_people: bool = False
    people: list[Person] = field(default_factory=list)
    genres: list[tuple[str, str, int]] = field(default_factory=list)
    sure: bool = True
    unheard: frozenset[str] = frozenset()


def search(view: View, q: str, viewer: Viewer, filters: Filters, sort: str, offset: int, limit: int) -> Answer:
    """Answer a query; without words, with everything that the filters let through."""
    seen = Limits.of(view, viewer)
    limits = seen.to(filters.clauses(view))
    reading = read(q, view.genres, view.languages)
    if not reading.words:
        # Words of which nothing remains that can be compared (signs alone) find nothing.
        query = narrowed(matching.everything(view) if not q.strip() else Query.empty_query(), *limits.clauses)
        order = "popular" if sort == "relevance" else sort
        items = _shown(view, matching.ordered(view, query, order, limit, offset))
        total, facets = matching.counted(view, query)
        return Answer(reading, total, items, facets, sure=total > 0)
    found = find(view, reading, limits)
    fits = _accepted(found.fits, reading)
    query = matching.matching(view, reading, [fit.facts["id"] for fit in fits], limits.clauses)
    total, facets = matching.counted(view, query)
    if sort == "relevance":
        items = _by_relevance(view, fits, query, total, offset, limit)
    else:
        items = _shown(view, matching.ordered(view, query, sort, limit, offset))
    answer = Answer(reading, total, items, facets)
    answer.people, answer.of_people = _people(found), bool(found.people)
    # Who is called exactly so was not typed wrongly.
    if not any(person.likeness >= candidates.BY_SURNAME for person in answer.people):
        answer.did_you_mean = _did_you_mean(view, fits, reading)
    answer.sure = total > 0 and (not fits or fits[0].name >= CALLED or fits[0].words >= SAID_OF)
    answer.genres = _genres(view, reading, seen.clauses)
    return answer


def suggest(view: View, q: str, viewer: Viewer) -> tuple[Reading, list[dict[str, Any]]]:
    """The reading of what was typed, and titles it may become."""
    reading = read(q, view.genres, view.languages)
    if not reading.words:
        return reading, []
    fits = _accepted(find_names(view, reading, Limits.of(view, viewer)), reading)[:SUGGESTIONS]
    return reading, view.read((fit.address for fit in fits), SHOWN)


def discover(
    view: View, wishes: Sequence[Wish], viewer: Viewer, limit: int, question: Question | None = None
) -> Answer:
    """Answer wishes: titles that have all that is asked for, and among those the ones that are about its words.

    With a `question` also those that mean nearly the same, in whatever words.
    """
    seen = Limits.of(view, viewer)
    limits = seen.to(sentences.limits(view, wishes, seen))
    reading = read(sentences.words_of(wishes), view.genres, view.languages)
    items: list[tuple[dict[str, Any], float]] = []
    said = False
    if reading.words:
        fits = [fit for fit in find(view, reading, limits).fits if fit.score >= ABOUT]
        said = any(fit.words >= NEARLY_SAID for fit in fits)
        found = [(fit.address, fit.score) for fit in fits]
        if question is not None:
            found = _fused(found, question.nearest(view, narrowed(matching.everything(view), *limits.clauses)))
        rows = view.read((address for address, _ in found[:limit]), SHOWN)
        items = [(row, score) for row, (_, score) in zip(rows, found[:limit], strict=True)]
    if not items and any(wish.negated or wish.kind != "text" for wish in wishes):
        query = narrowed(matching.everything(view), *limits.clauses)
        items = _shown(view, matching.ordered(view, query, "popular", limit, 0))
    return Answer(reading, len(items), items, {}, unheard=_unheard(view, wishes, limits.clauses, said=said))


def near_misses(view: View, wishes: Sequence[Wish], viewer: Viewer, limit: int) -> list[tuple[Wish, Answer]]:
    """What there is with one filter less, for the filters without which there is something, the most useful first.

    Words are no filters, but for those that nothing may have: what has only half of the others is found anyway.
    """
    if len(wishes) < 2:
        return []
    seen, less = Limits.of(view, viewer), list[tuple[int, Wish, list[Wish]]]()
    for wish in wishes:
        if wish.negated or wish.kind != "text":
            rest = [each for each in wishes if each is not wish]
            let_through = narrowed(matching.everything(view), *seen.to(sentences.limits(view, rest, seen)).clauses)
            less.append((view.count(let_through), wish, rest))
    less.sort(key=lambda each: -each[0])
    tried = ((wish, discover(view, rest, viewer, limit)) for count, wish, rest in less if count)
    return list(islice(((wish, answer) for wish, answer in tried if answer.total), NEAR_MISSES))


def _unheard(view: View, wishes: Sequence[Wish], limits: Sequence[Clause], *, said: bool) -> frozenset[str]:
    """Words that nothing within the limits has; a single one that was mistyped has been found (`said`) for what it is like."""
    words = [wish for wish in wishes if wish.kind == "text" and not wish.negated]
    if said and len(words) == 1:
        return frozenset()
    has = {wish.value: sentences.saying(view, wish.value) for wish in words}
    return frozenset(value for value, query in has.items() if query is None or not view.count(narrowed(query, *limits)))


def _fused(said: Sequence[tuple[Any, float]], meant: Sequence[tuple[Any, float]]) -> list[tuple[Any, float]]:
    """What has the words and what means the same, in one order: what a title says in so many words adds to what it means."""
    scores: dict[tuple[int, int], tuple[Any, float]] = {place(each): (each, alike) for each, alike in meant}
    for address, score in said:
        _, alike = scores.get(place(address), (address, LEAST_ALIKE))
        scores[place(address)] = address, alike + SAID * (score - ABOUT)
    return sorted(scores.values(), key=lambda found: (-found[1], place(found[0])))


def wishes_of(view: View, sentence: str, viewer: Viewer) -> list[Wish]:
    """What a sentence asks for."""
    return sentences.read(view, sentence, Limits.of(view, viewer))


def visible(view: View, title_ids: Sequence[str], viewer: Viewer) -> list[dict[str, Any]]:
    """What to show of those titles that a viewer may see, in the given order."""
    if not title_ids:
        return []
    query = narrowed(any_of(view.schema, "id", title_ids), *hidden(view, viewer))
    shown = {row["title_id"]: row for row in view.read(view.best(query, len(title_ids)), SHOWN)}
    return [shown[title_id] for title_id in title_ids if title_id in shown]


def _shown(view: View, addresses: Sequence[Any]) -> list[tuple[dict[str, Any], float]]:
    return [(row, 0.0) for row in view.read(addresses, SHOWN)]


def _accepted(fits: Sequence[Fit], reading: Reading) -> list[Fit]:
    if reading.by_sound:
        fits = [fit for fit in fits if _says(fit.facts, reading)]
    if not fits:
        return []
    least = max(FITS, BESIDE_BEST * fits[0].score)
    return [fit for fit in fits if fit.score >= least]


def _says(facts: dict[str, Any], reading: Reading) -> bool:
    """Whether a title has each word of the query, perhaps inside a longer one: there are no spaces where signs are words."""
    said = f"{' '.join(facts['names'])} {facts['people']} {facts['body']}".split()
    return all(any(form in word for word in said for form in (each.word, *each.stems)) for each in reading.words)


def _by_relevance(
    view: View, fits: Sequence[Fit], query: Query, total: int, offset: int, limit: int
) -> list[tuple[dict[str, Any], float]]:
    """The ranked ones, and behind them the others that match, the most played first."""
    page = fits[offset : offset + limit]
    rows = view.read((fit.address for fit in page), SHOWN)
    items = [(row, fit.score) for row, fit in zip(rows, page, strict=True)]
    if len(items) < limit and total > len(fits):
        ranked = any_of(view.schema, "id", [fit.facts["id"] for fit in fits])
        others = Query.boolean_query([(Occur.Must, query), (Occur.MustNot, ranked)]) if fits else query
        addresses = matching.ordered(view, others, "popular", limit - len(items), max(0, offset - len(fits)))
        items += _shown(view, addresses)
    return items


def _did_you_mean(view: View, fits: Sequence[Fit], reading: Reading) -> str | None:
    """The name of the best title, where it was typed differently. It is one of the answer, so nothing hidden is named."""
    if not fits or fits[0].name < 0.7 or fits[0].words > 0.985:
        return None
    best = fits[0]
    # Glued or split it is the same, and a name that goes on was not mistyped.
    if squash(best.called).startswith(reading.squashed) or without_article(best.called) in reading.folded:
        return None
    shown = view.read([best.address], SHOWN)[0]
    return next((name for name in shown["names"] if fold(name) == best.called), None)


def _people(found: Found) -> list[Person]:
    """Those of the people who may be meant that may be named."""
    least = candidates.BY_SURNAME if found.reading.by_sound else SURE_OF_PERSON
    return [person for person in found.people if person.sure and person.likeness >= least]


def _genres(view: View, reading: Reading, seen: Sequence[Clause]) -> list[tuple[str, str, int]]:
    """The genres that words of the query stand for, as far as the viewer may see something of them."""
    slugs = [slug for concept in reading.concepts if concept.kind == "genre" for slug in sorted(concept.values)]
    counted = []
    for slug in dict.fromkeys(slugs):
        query = Query.term_query(view.schema, "genre", slug, "basic")
        if count := view.count(narrowed(query, *seen)):
            counted.append((slug, view.genres.names[slug], count))
    return sorted(counted, key=lambda item: -item[2])[:SUGGESTIONS]
