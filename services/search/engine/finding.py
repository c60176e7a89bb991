"""From a query to titles in their order: candidates, ranking, and all that matches behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.search import domain
from services.search.engine import candidates, text
from services.search.engine.documents import mark
from services.search.engine.index import View
from services.search.engine.ranking import Fit, Ranking
from services.search.engine.reading import Reading, Word, weigh
from services.search.engine.visibility import Clause, Viewer

# How many names are looked at while somebody types, and how well one of them must fit for nothing else to be looked at.
NAMES, FEW = 30, 15
GOOD = 0.8
# How alike a name is at least to a whole query of which words may stand for something else.
WHOLE_NAME = 0.92
# What it is worth that a title is to somebody's liking, beside what everybody makes of it.
LIKED = 0.7


@dataclass(slots=True)
class Found:
    """The titles that fit, the best first, and the people who may be meant."""

    reading: Reading
    fits: list[Fit]
    people: list[candidates.Person]


def find(view: View, reading: Reading, viewer: Viewer, limits: Sequence[Clause]) -> Found:
    """Rank what a query may mean, within limits."""
    _weigh(view, reading)
    who = _who(view, reading)
    core = reading.core
    addresses = [
        *candidates.by_name(view, reading.squashed, reading.folded, *limits),
        *(candidates.by_name(view, core, core, *limits) if core != reading.squashed else ()),
        # Where all stands for facts, the words are in too many titles to tell anything.
        *(() if reading.facts_alone else candidates.by_words(view, reading, *limits)),
        *candidates.by_person(view, reading, who, *limits),
        *(() if reading.rest else candidates.by_facts(view, reading, *limits)),
    ]
    return Found(reading, _ranked(view, reading, viewer, addresses, who), who)


def find_names(view: View, reading: Reading, viewer: Viewer, limits: Sequence[Clause]) -> list[Fit]:
    """Rank titles by their names, and by other things only where no name fits: for every keystroke."""
    _weigh(view, reading)
    found = candidates.by_name(view, reading.squashed, reading.folded, *limits, most=NAMES)
    fits = _ranked(view, reading, viewer, found)
    if fits and fits[0].score >= GOOD:
        return fits
    who = _who(view, reading)
    found += candidates.by_words(view, reading, *limits, most=FEW)
    found += candidates.by_person(view, reading, who, *limits, most=FEW)
    found += () if reading.rest else candidates.by_facts(view, reading, *limits, most=FEW)
    return _ranked(view, reading, viewer, found, who)


def _who(view: View, reading: Reading) -> list[candidates.Person]:
    """The people who may be meant, by all of the query or by what of it stands for nothing else."""
    rest = " ".join(word.word for word in reading.rest)
    # A word of a name may be a country or a genre as well, or say little.
    if rest != reading.folded and len(reading.words) > 1:
        whole = candidates.people(view, reading.squashed, reading.folded)
        if called := [person for person in whole if person.sure and person.likeness >= WHOLE_NAME]:
            return called
    return candidates.people(view, text.squash(rest), rest) if rest else []


def _weigh(view: View, reading: Reading) -> None:
    def frequency(word: Word) -> int:
        return max(view.searcher.doc_freq("everything", form) for form in (word.word, *word.stems))

    weigh(reading, frequency, view.searcher.num_docs)


def _ranked(
    view: View, reading: Reading, viewer: Viewer, addresses: Sequence[Any], who: Sequence[candidates.Person] = ()
) -> list[Fit]:
    once = {(address.segment_ord, address.doc): address for address in addresses}
    rows = view.read(once.values(), "ranked")
    now = viewer.now
    priors = (
        prior(facts, now.year, domain.plays_now(facts["popularity"], now)) + LIKED * viewer.taste.likes(facts)
        for facts in rows
    )
    ranking = Ranking(reading, {mark(person.id): person.likeness for person in who})
    return ranking.order(zip(rows, once.values(), priors, strict=True))


def prior(facts: dict[str, object], year: int, plays: float) -> float:
    """How likely anybody means a title, from 0 to 1: by plays, and a little by how new it is."""
    popular = min(1.0, math.log1p(plays) / 12)
    made = facts["year"]
    new = 0.5 ** (max(0, year - made) / 8) if isinstance(made, int) else 0.0
    return 0.8 * popular + 0.2 * new
