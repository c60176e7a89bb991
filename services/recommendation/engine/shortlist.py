"""Of a large catalogue the titles that a page is made of: what may fit, and what everybody with such eyes may be shown.

A page looks at thousands of titles in a millisecond or two, and at a hundred thousand in fifty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from services.recommendation.engine.catalogue import Catalogue, Places
from services.recommendation.engine.ranking import Ranker, Scores, Taste, Told

# Of fewer titles all are looked at.
EXACT = 3_000
# How many of each kind are looked at.
POPULAR, NEWEST, OF_A_GENRE, COMING, LEAVING, NEAR, AROUND = 250, 100, 30, 30, 60, 350, 40
# What is looked around at, of what was watched last.
LAST = 8
# What may be seen by such eyes is looked up anew after so long: a window that opens is seen then. One that closes at once.
SECONDS = 60.0
AUDIENCES = 200
# Of so many titles it is kept what goes with them: of those that are watched most, most pages ask again.
AROUNDS = 20_000


@dataclass(frozen=True, slots=True)
class Audience:
    """What everybody in a country with an age limit may be shown of what is popular, new, of a genre, coming and leaving."""

    places: Places
    until: float


class Shortlists:
    """Of one catalogue, one model and one counting; made anew with each of them."""

    def __init__(self, ranker: Ranker, popular: Scores) -> None:
        self._ranker, self._popular = ranker, popular
        self._audiences: dict[tuple[str, int], Audience] = {}
        self._around: LRUCache[int, Places] = LRUCache(AROUNDS)
        # Pages are made in several threads.
        self._one = Lock()

    def of(
        self, taste: Taste, country: str, maturity: int, now: datetime, most: Sequence[UUID]
    ) -> tuple[Places, Told | None]:
        """The places that a page is made of, in order, and what the model was asked. `most`: what is watched most there."""
        ranker, catalogue = self._ranker, self._ranker.catalogue
        watched = [each.title_id for each in taste.watched]
        said = [*taste.history, *watched, *taste.verdicts, *taste.stars, *most]
        near, told = ranker.near(taste, NEAR)
        parts = [
            self._audience(country, maturity, now), near, np.array(catalogue.at(said), np.int64),
            *(self._goes_with(place) for place in catalogue.at(taste.seen)[:LAST]),
        ]  # fmt: skip
        return np.unique(np.concatenate(parts)), told

    def _goes_with(self, place: int) -> Places:
        with self._one:
            known = self._around.get(place)
        if known is None:
            known = self._ranker.around(place, AROUND).astype(np.int32)
            with self._one:
                self._around[place] = known
        return known

    def _audience(self, country: str, maturity: int, now: datetime) -> Places:
        known = self._audiences.get((country, maturity))
        moment = now.timestamp()
        if known is None or not moment < known.until <= moment + SECONDS:
            if len(self._audiences) >= AUDIENCES:
                self._audiences.clear()
            places = _for_everybody(self._ranker.catalogue, self._popular, country, maturity, now)
            known = self._audiences[country, maturity] = Audience(places, moment + SECONDS)
        return known.places


def _for_everybody(catalogue: Catalogue, popular: Scores, country: str, maturity: int, now: datetime) -> Places:
    visible = catalogue.visible(country, maturity, now)
    playable = visible & catalogue.playable
    found = [
        _top(popular, np.flatnonzero(playable), POPULAR),
        _top(catalogue.published, np.flatnonzero(playable), NEWEST),
    ]
    found.append(_top(catalogue.published, np.flatnonzero(visible & ~catalogue.playable), COMING))
    found += [_top(popular, places[playable[places]], OF_A_GENRE) for places in catalogue.genres.values()]
    ends = catalogue.leaving(country, now, 30 * 86_400.0)
    found.append(
        np.array(sorted((place for place in ends if playable[place]), key=lambda at: ends[at])[:LEAVING], np.int64)
    )
    return np.unique(np.concatenate(found))


def _top(scores: NDArray[np.float64], among: Places, most: int) -> Places:
    if len(among) <= most:
        return among
    return among[np.argpartition(-scores[among], most)[:most]]
