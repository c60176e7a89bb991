"""From a query to titles in their order: candidates, ranking, and all that matches behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.search import domain
from services.search.engine import candidates, text
from services.search.engine.documents import mark
from services.search.engine.index import View
from services.search.engine.ranking import PRIOR, Fit, Ranking
from services.search.engine.reading import Reading, Word, weigh
from services.search.engine.records import RANKED
from services.search.engine.visibility import Limits, Viewer

# How many names are looked at while somebody types, and how well one of them must fit for nothing else to be looked at.
NAMES, FEW = 30, 15
GOOD = 0.8
# So many names that begin as typed are looked at, by plays and by year; where enough do, nothing else is looked for.
BEGINNINGS, ENOUGH = 15, 5
# What it is worth to a suggestion that a name begins as typed: more than all that its words could be.
BEGUN = 0.2
# How alike a name is at least to a whole query of which words may stand for something else.
WHOLE_NAME = 0.92
# What it is worth that a title is to somebody's liking, beside what everybody makes of it.
LIKED = 0.7


@dataclass(slots=True)
class Found:
    """The titles that fit, the best first, and the people who may be meant, of whom the viewer may see something."""

    reading: Reading
    fits: list[Fit]
    people: list[candidates.Person]


def find(view: View, reading: Reading, limits: Limits) -> Found:
    """Rank what a query may mean, within limits."""
    _weigh(view, reading)
    who = _who(view, reading, limits)
    core = reading.core
    addresses = [
        *candidates.by_name(view, reading.squashed, reading.folded, limits),
        *(candidates.by_name(view, core, core, limits) if core != reading.squashed else ()),
        # Where all stands for facts, the words are in too many titles to tell anything.
        *(() if reading.facts_alone else candidates.by_words(view, reading, limits)),
        *candidates.by_person(view, reading, who, limits),
        *(() if reading.rest else candidates.by_facts(view, reading, limits)),
    ]
    return Found(reading, _ranked(Rows(view), reading, limits.viewer, addresses, who), who)


def find_names(view: View, reading: Reading, limits: Limits) -> list[Fit]:
    """Titles by their names, and by other things only where too few of them fit: for every keystroke.

    Those whose names begin with what was typed come first, in an order that the next letter does not change: what somebody is
    about to choose stays where it is.
    """
    rows, asked, viewer = Rows(view), reading.squashed, limits.viewer
    begun = _begun(rows, reading, viewer, candidates.by_beginning(view, asked, limits, most=BEGINNINGS))
    if len(begun) >= ENOUGH:
        return begun
    _weigh(view, reading)
    named = candidates.by_name(view, asked, reading.folded, limits, most=NAMES)
    fits = _together(begun, _ranked(rows, reading, viewer, named))
    if fits and fits[0].score >= GOOD:
        return fits
    who = _who(view, reading, limits)
    others = [
        *candidates.by_words(view, reading, limits, most=FEW),
        *candidates.by_person(view, reading, who, limits, most=FEW),
        *(() if reading.rest else candidates.by_facts(view, reading, limits, most=FEW)),
    ]
    return _together(begun, _ranked(rows, reading, viewer, [*named, *others], who))


def _begun(rows: Rows, reading: Reading, viewer: Viewer, addresses: Sequence[Any]) -> list[Fit]:
    """The titles that go on as they were typed, by how little of them is missing and by what everybody makes of them."""
    ranking = Ranking(reading, {})
    fits = []
    for facts, address, liked in rows.with_priors(addresses, viewer):
        name, called = ranking.by_name(facts["names"])
        # What it is called exactly is first, whatever else begins so.
        score = name + PRIOR * liked + (2 * BEGUN if name == 1.0 else BEGUN)
        fits.append(Fit(facts, address, score, name, 1.0, called))
    return sorted(fits, key=lambda fit: (-fit.score, fit.facts["id"]))


def _together(begun: Sequence[Fit], ranked: Sequence[Fit]) -> list[Fit]:
    known = {fit.facts["id"] for fit in begun}
    return [*begun, *(fit for fit in ranked if fit.facts["id"] not in known)]


def _who(view: View, reading: Reading, limits: Limits) -> list[candidates.Person]:
    """The people who may be meant, by all of the query or by what of it stands for nothing else."""
    rest = " ".join(word.word for word in reading.rest)
    # A word of a name may be a country or a genre as well, or say little.
    if rest != reading.folded and len(reading.words) > 1:
        whole = candidates.people(view, reading.squashed, reading.folded, limits)
        if called := [person for person in whole if person.sure and person.likeness >= WHOLE_NAME]:
            return called
    return candidates.people(view, text.squash(rest), rest, limits) if rest else []


def _weigh(view: View, reading: Reading) -> None:
    def frequency(word: Word) -> int:
        return max(view.searcher.doc_freq("everything", form) for form in (word.word, *word.stems))

    weigh(reading, frequency, view.searcher.num_docs)


class Rows:
    """What is stored of titles for ranking, each read once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._known: dict[tuple[int, int], dict[str, Any]] = {}

    def of(self, addresses: Sequence[Any]) -> list[tuple[Any, dict[str, Any]]]:
        """Each of these addresses once, with what is recorded of it."""
        once = {(address.segment_ord, address.doc): address for address in addresses}
        new = [place for place in once if place not in self._known]
        these = [once[place] for place in new]
        popularity = self.view.column("popularity", these)
        for place, facts, popular in zip(new, self.view.read(these, RANKED), popularity, strict=True):
            self._known[place] = facts | {"popularity": popular}
        return [(address, self._known[place]) for place, address in once.items()]

    def with_priors(self, addresses: Sequence[Any], viewer: Viewer) -> Iterator[tuple[dict[str, Any], Any, float]]:
        """The same as (facts, address, how likely this viewer means it)."""
        year = viewer.now.year
        for address, facts in self.of(addresses):
            plays = domain.plays_now(facts["popularity"], viewer.now)
            yield facts, address, prior(facts, year, plays) + LIKED * viewer.taste.likes(facts)


def _ranked(
    rows: Rows, reading: Reading, viewer: Viewer, addresses: Sequence[Any], who: Sequence[candidates.Person] = ()
) -> list[Fit]:
    ranking = Ranking(reading, {mark(person.id): person.likeness for person in who})
    return ranking.order(rows.with_priors(addresses, viewer))


def prior(facts: dict[str, object], year: int, plays: float) -> float:
    """How likely anybody means a title, from 0 to 1: by plays, and a little by how new it is."""
    popular = min(1.0, math.log1p(plays) / 12)
    made = facts["year"]
    new = 0.5 ** (max(0, year - made) / 8) if isinstance(made, int) else 0.0
    return 0.8 * popular + 0.2 * new
