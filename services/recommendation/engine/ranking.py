"""What one profile may like of the whole catalogue: by the model where it knows the titles, elsewhere by what they are about."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.recommendation.engine.catalogue import Catalogue, Places
from services.recommendation.engine.model import Model

Scores = NDArray[np.float64]
# A history as the model's places, and what the model said after it.
Told = tuple[list[int], Scores]
# A play shorter than this was a look. Seconds.
LOOKED = 60.0
# How much a history's title counts for what it is about, by the next one after it.
FADING = 0.9
# How much of a title's likeness to what was disliked is held against it, in spreads of all scores.
AGAINST = 2.0
CONTENT = 0.5


@dataclass(frozen=True, slots=True)
class Watched:
    """A title that the profile played; `seconds` of the longest viewing, None while it has not ended."""

    title_id: UUID
    last_at: datetime
    seconds: float | None
    finished: bool


@dataclass(frozen=True)
class Taste:
    """All that is known of what a profile likes; `watched` the newest first, `before` what was watched before that.

    `uses`: of each kind of row, how many of its cards were seen of late, and how many chosen.
    """

    watched: tuple[Watched, ...] = ()
    verdicts: Mapping[UUID, str] = field(default_factory=dict)
    stars: Mapping[UUID, int] = field(default_factory=dict)
    listed: tuple[UUID, ...] = ()
    before: frozenset[UUID] = frozenset()
    uses: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def disliked(self) -> set[UUID]:
        """Titles that the profile wants less of."""
        said = {title_id for title_id, verdict in self.verdicts.items() if verdict != "up"}
        return said | {
            title_id for title_id, stars in self.stars.items() if stars <= 2 and title_id not in self.verdicts
        }

    @cached_property
    def seen(self) -> list[UUID]:
        """What was watched for more than a look, and not disliked; the newest first."""
        disliked = self.disliked
        return [
            each.title_id
            for each in self.watched
            if (each.seconds is None or each.seconds >= LOOKED or each.finished) and each.title_id not in disliked
        ]

    @cached_property
    def history(self) -> list[UUID]:
        """What was watched, or else liked or listed, and not disliked; the newest first."""
        disliked = self.disliked
        liked = [title_id for title_id, verdict in self.verdicts.items() if verdict == "up"]
        rated = [title_id for title_id, stars in self.stars.items() if stars >= 4]
        found = dict.fromkeys([*self.seen, *liked, *rated, *self.listed])
        return [each for each in found if each not in disliked]


class Ranker:
    """A model laid over a catalogue: which of the one's places is which of the other's."""

    def __init__(self, catalogue: Catalogue, model: Model | None) -> None:
        self.catalogue = catalogue
        known = {} if model is None else {title_id: place for place, title_id in enumerate(model.titles)}
        pairs = [(place, known[title_id]) for title_id, place in catalogue.places.items() if title_id in known]
        self._here = np.array([here for here, _ in pairs], np.int64)
        self._there = np.array([there for _, there in pairs], np.int64)
        self._told: Told | None = None
        # The model's place of each title, and the title's of each place of the model; -1 where there is none.
        self._all = np.full(len(catalogue), -1, np.int64)
        self._all[self._here] = self._there
        self._places_of_model = np.full(len(known), -1, np.int64)
        self._places_of_model[self._there] = self._here
        # A model of another catalogue knows nothing of this one.
        self.model = model if pairs else None
        self._known = known

    def scores(self, taste: Taste, popular: Scores) -> Scores | None:
        """How well each title fits, in spreads from the middle; None where nothing is known. `popular`: one number for each."""
        history = taste.history
        places = self.catalogue.at(history)
        if not places:
            return None
        about = self.catalogue.content.like(places, np.power(FADING, np.arange(len(places), dtype=np.float64)))
        total = CONTENT * _spread(about) + 0.3 * _spread(popular)
        modelled = [self._known[title_id] for title_id in history if title_id in self._known]
        if self.model is not None and modelled:
            total = _spread(about) + 0.3 * _spread(popular)
            total[self._here] = _spread(self._by_model(modelled)[self._there]) + CONTENT * _spread(about)[self._here]
        disliked = self.catalogue.at(taste.disliked)
        if disliked:
            total -= AGAINST * self.catalogue.content.like(disliked, np.ones(len(disliked)))
        return total

    def terms(self, taste: Taste, popular: Scores, place: int) -> dict[str, float]:
        """What the score of one title is the sum of, by name; empty where nothing is known of the taste."""
        history = taste.history
        places = self.catalogue.at(history)
        if not places:
            return {}
        about = self.catalogue.content.like(places, np.power(FADING, np.arange(len(places), dtype=np.float64)))
        modelled = [self._known[title_id] for title_id in history if title_id in self._known]
        there = self._known.get(self.catalogue.ids[place])
        if self.model is None or not modelled:
            found = {"content": CONTENT * _spread(about)[place], "popularity": 0.3 * _spread(popular)[place]}
        elif there is None:
            found = {"content": _spread(about)[place], "popularity": 0.3 * _spread(popular)[place]}
        else:
            of_parts = self.model.terms(modelled)
            # As in `scores`: of the titles that are here too.
            spread = max(float(self.model.scores(modelled)[self._there].std()), 1e-9)
            found = {name: float(each[there] - each[self._there].mean()) / spread for name, each in of_parts.items()}
            found["content"] = CONTENT * _spread(about)[place]
        disliked = self.catalogue.at(taste.disliked)
        if disliked:
            found["disliked"] = -AGAINST * self.catalogue.content.like(disliked, np.ones(len(disliked)))[place]
        return {name: float(value) for name, value in found.items()}

    def _by_model(self, modelled: list[int]) -> Scores:
        """What the model says after a history, which may have been asked already for the same page."""
        assert self.model is not None
        if self._told is not None and self._told[0] == modelled:
            return self._told[1]
        return self.model.scores(modelled)

    def among(self, places: Places, country: str, told: Told | None = None) -> Ranker:
        """The same over some of the titles alone; `told` is what `near` was told."""
        found = copy.copy(self)
        found._told = told
        found.catalogue = self.catalogue.among(places, country)
        there = self._all[places]
        found._here = np.flatnonzero(there >= 0)
        found._there = there[found._here]
        return found

    def near(self, taste: Taste, most: int) -> tuple[Places, Told | None]:
        """Places of what may fit a taste, in no order: what is much like its history, and what the model says comes next.

        And what the model was asked for that, and said.
        """
        history = taste.history
        places = self.catalogue.at(history)
        if not places:
            return np.zeros(0, np.int64), None
        about = self.catalogue.content.nearest(places, np.power(FADING, np.arange(len(places))), most)
        modelled = [self._known[title_id] for title_id in history if title_id in self._known]
        if self.model is None or not modelled:
            return about, None
        told = self.model.scores(modelled)
        scores = told[self._there]
        best = np.argpartition(-scores, most)[:most] if len(scores) > most else np.arange(len(scores))
        return np.concatenate([about, self._here[best]]), (modelled, told)

    def around(self, place: int, most: int) -> Places:
        """Places of what may go with a title, in no order, itself among them."""
        about = self.catalogue.content.nearest([place], [1.0], most)
        there = int(self._all[place])
        linked = np.zeros(0, np.int64)
        if self.model is not None and there >= 0:
            for part in self.model.parts:
                weights = part.weights[there]
                best = np.argpartition(-weights, most)[:most] if len(weights) > most else np.arange(len(weights))
                linked = np.concatenate([linked, part.links[there][best].astype(np.int64)])
            here = self._places_of_model[np.unique(linked)]
            linked = here[here >= 0]
        return np.unique(np.concatenate([about, linked, [place]]).astype(np.int64))

    def over(self, catalogue: Catalogue) -> Ranker:
        """The same over a catalogue with the same places."""
        found = copy.copy(self)
        found.catalogue = catalogue
        return found

    def speaking(self, place: int, places: Sequence[int]) -> Scores:
        """How much a title goes with each of some places: what `alike` of each says of it, and of nothing else."""
        found: Scores = self.catalogue.content.like([place], [1.0])[list(places)]
        wanted = self._known.get(self.catalogue.ids[place])
        if self.model is None or wanted is None:
            return found
        for at, each in enumerate(places):
            there = self._known.get(self.catalogue.ids[each])
            if there is not None:
                together = np.maximum(self.model.alike(there), 0.0)
                found[at] += together[wanted] / max(float(together.max(initial=0.0)), 1e-9)
        return found

    def alike(self, place: int) -> Scores:
        """How much each title goes with one, from 0 on: by who watches both where that is known, and by what they are about."""
        found: Scores = self.catalogue.content.like([place], [1.0])
        there = self._known.get(self.catalogue.ids[place])
        if self.model is not None and there is not None:
            together = np.maximum(self.model.alike(there)[self._there], 0.0)
            found[self._here] += together / max(float(together.max(initial=0.0)), 1e-9)
        found[place] = -np.inf
        return found


def _spread(scores: Scores) -> Scores:
    found: Scores = (scores - scores.mean()) / max(float(scores.std()), 1e-9)
    return found
