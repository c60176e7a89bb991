"""The rows of a first page: which there are, what is in them, and that a title does not fill the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from libs.contracts.recommended import OWN_KINDS, OwnKind
from libs.contracts.recommended import RecommendedKind as Kind
from services.recommendation.engine import franchises, worth
from services.recommendation.engine.catalogue import Catalogue, Mask
from services.recommendation.engine.ranking import Ranker, Scores, Taste

# Rows that say what is so, whatever else stands on the page.
FACTS = ("top10", "watch_again", "leaving_soon")
LIMIT = 20
# A row of fewer looks like a mistake.
MINIMUM = 2
# Titles that stand further up come again in a row only until it has this many.
ENOUGH = 6
# Of fewer titles that can be watched a page repeats what it has.
SCARCE = 60
TOP = 10
# A list of the ten most watched needs this many to be one.
LEAST_TOP = 3
GENRES = 6
STARTERS = 24
BECAUSE = 2
# Of so many titles watched last those are chosen that a row is about, one watched before another counting a little less.
BECAUSE_AMONG, RECENT, FIRST = 8, 0.93, 10
AGAIN_AFTER = timedelta(days=30)
LEAVING = timedelta(days=30).total_seconds()
# Of fewer titles none is hidden.
HIDDEN_AMONG = 40


@dataclass(frozen=True, slots=True)
class Row:
    """`about` is the title or the genre that the row is about, where it is about one; `worth` says how high it stands."""

    kind: Kind
    titles: tuple[UUID, ...]
    about: UUID | str | None = None
    worth: float = 1.0


# A row as it may be: its kind, the places of its titles, what it is about.
Candidate = tuple[Kind, list[int], UUID | str | None]


@dataclass(frozen=True)
class Page:
    """What the rows of one page are made from. `here` and `world`: what is watched most in the country, and everywhere."""

    ranker: Ranker
    taste: Taste
    popular: Scores
    rare: Mask
    here: Sequence[UUID]
    world: Sequence[UUID]
    country: str
    maturity: int
    now: datetime

    @property
    def catalogue(self) -> Catalogue:
        """The titles."""
        return self.ranker.catalogue

    def rows(self) -> list[Row]:
        """All rows, the one that is worth most to this viewer before all others, which then have not what stands in it."""
        catalogue = self.catalogue
        visible = catalogue.visible(self.country, self.maturity, self.now)
        everybodys = visible & catalogue.playable
        disliked = catalogue.at(self.taste.disliked)
        visible[disliked] = False
        scores = self.ranker.scores(self.taste, self.popular)
        shown: set[int] = set()
        scarce = int((visible & catalogue.playable).sum()) < SCARCE
        found = []
        for value, (kind, places, about) in self._by_worth(self._candidates(visible, everybodys, scores), scores):
            titles = self._in_a_row(kind, places, shown, scarce=scarce)
            # The first film of a house is news, alone as it is.
            if len(titles) >= (1 if kind == "new" else MINIMUM):
                shown.update(titles)
                found.append(Row(kind, tuple(catalogue.ids[place] for place in titles), about, value))
        return found

    def _by_worth(self, candidates: Iterable[Candidate], scores: Scores | None) -> list[tuple[float, Candidate]]:
        """What each row is worth, that which is worth most first. A second row of a kind is worth less than the first."""
        rates, before, fits = worth.rates(self.taste.uses), Counter[Kind](), worth.of_genres(self.liked)
        found = []
        for kind, places, about in candidates:
            again = worth.AGAIN.get(kind, 1.0) ** before[kind]
            before[kind] += 1
            fit = fits.get(str(about), 1.0) if kind == "genre" else worth.fit(scores, places)
            found.append((rates[kind] * again * fit, (kind, places, about)))
        return sorted(found, key=lambda each: -each[0])

    def worth_of_others(self) -> tuple[dict[OwnKind, float], dict[str, float]]:
        """What rows are worth that others make, by their kind, and how well what is of each genre fits (0.75 to 1.5)."""
        rates = worth.rates(self.taste.uses)
        return {kind: rates[kind] for kind in OWN_KINDS}, worth.of_genres(self.liked)

    def _in_a_row(self, kind: Kind, places: Sequence[int], shown: set[int], *, scarce: bool) -> list[int]:
        """A list of facts is whole and in its order; any other row has few of a franchise next to each other."""
        if kind in FACTS:
            return list(places)
        return franchises.apart(_without_shown(places, shown, scarce=scarce), self.catalogue.franchises)

    def _candidates(self, visible: Mask, everybodys: Mask, scores: Scores | None) -> Iterator[Candidate]:
        catalogue = self.catalogue
        playable = visible & catalogue.playable
        new = playable.copy()
        new[catalogue.at(each.title_id for each in self.taste.watched)] = False
        new[catalogue.at(self.taste.before)] = False
        order = self.wellknown() if scores is None else scores
        genres = self._genres(visible, scores)
        because = [] if scores is None else self._because(visible, new, scores)
        if scores is not None:
            yield "top_picks", best(scores, new), None
        yield from because[:1]
        # What a country watches most is a fact, whatever this viewer thinks of it.
        top = [place for place in catalogue.at(self.here) if everybodys[place]][:TOP]
        if len(top) >= LEAST_TOP:
            yield "top10", top, None
        yield "trending", [place for place in catalogue.at([*self.here, *self.world]) if playable[place]], None
        yield "new", best(catalogue.published, playable), None
        yield from ((("genre", self._of_genre(name, order, visible), name)) for name in genres[:2])
        yield from because[1:]
        if scores is not None:
            yield "watch_again", self._again(playable), None
            yield "hidden_gems", self._hidden(new, scores), None
        yield "leaving_soon", self._leaving(playable), None
        yield from ((("genre", self._of_genre(name, order, visible), name)) for name in genres[2:])
        yield "coming_soon", best(catalogue.published, visible & ~catalogue.playable), None

    def _of_genre(self, name: str, order: Scores, visible: Mask) -> list[int]:
        """What can be watched of a genre, and what is announced where that would be no row."""
        places = _only(visible, self.catalogue.genres[name])
        playable = best(order, places & self.catalogue.playable)
        return playable if len(playable) >= MINIMUM else [*playable, *best(order, places & ~self.catalogue.playable)]

    def _because(self, visible: Mask, new: Mask, scores: Scores) -> list[Candidate]:
        """Of the two titles watched of late that speak most: for much that fits, and the second for other things than the first.

        What may not be shown any more is not named either.
        """
        seen = [place for place in self.catalogue.at(self.taste.seen) if visible[place]][:BECAUSE_AMONG]
        liked = {place: self._liking(self.catalogue.ids[place]) for place in seen}
        speaking: dict[int, tuple[list[int], Scores]] = {}
        for at, place in enumerate(seen):
            alike = self.ranker.alike(place)
            found = best(alike, new & (alike > 0))
            says = alike[found[:FIRST]] / (1.0 + np.exp(-scores[found[:FIRST]]))
            speaking[place] = found, says * liked[place] * RECENT**at
        chosen: list[int] = []
        said: set[int] = set()
        while len(chosen) < BECAUSE and speaking:
            # What the first one spoke for already is nothing new.
            worths = {
                place: sum(value for title, value in zip(found[:FIRST], says, strict=True) if title not in said)
                for place, (found, says) in speaking.items()
                if place not in chosen
            }
            most = max(worths, key=lambda place: (worths[place], -seen.index(place)), default=None)
            if most is None or (chosen and worths[most] <= 0):
                break
            chosen.append(most)
            said.update(speaking[most][0][:FIRST])
        return [("because_watched", speaking[place][0], self.catalogue.ids[place]) for place in chosen]

    def _liking(self, title_id: UUID) -> float:
        """How much more, or less, than any other what was watched was liked."""
        if self.taste.verdicts.get(title_id) == "up" or self.taste.stars.get(title_id, 0) >= 4:
            return 1.5
        return 1.2 if any(each.finished for each in self.taste.watched if each.title_id == title_id) else 1.0

    def wellknown(self) -> Scores:
        """What a stranger may like: what is watched most in the country, then what everybody watches."""
        found = self.popular.copy()
        here = self.catalogue.at(self.here)
        found[here] += self.popular.max(initial=0.0) + np.arange(len(here), 0, -1)
        return found

    def starters(self) -> list[UUID]:
        """Well-known titles of many kinds, for somebody of whom nothing is known to pick from: of each genre in turn the best."""
        catalogue = self.catalogue
        visible = catalogue.visible(self.country, self.maturity, self.now) & catalogue.playable
        order = best(self.wellknown(), visible)
        genres = (catalogue.genres[name] for name in self._genres(visible, None))
        lists = ([place for place in order if place in among] for among in (set(places.tolist()) for places in genres))
        in_turn = [place for turn in zip_longest(*lists) for place in turn if place is not None]
        found = list(dict.fromkeys([*in_turn, *order]))
        return [catalogue.ids[place] for place in franchises.apart(found, catalogue.franchises)[:STARTERS]]

    def _genres(self, visible: Mask, scores: Scores | None) -> list[str]:
        """Genres with enough to show: those watched here (of a stranger: in the country) first, then those with most to watch."""
        here = visible & self.catalogue.playable
        watchable = {name: int(here[places].sum()) for name, places in self.catalogue.genres.items()}
        sizes = {name: int(visible[places].sum()) for name, places in self.catalogue.genres.items()}
        fits = self._watched_here(visible) if scores is None else self.liked
        names = [name for name, size in sizes.items() if size >= MINIMUM]
        # Of what is but a part of a large catalogue the sizes of the whole tell.
        most = self.catalogue.sizes if self.catalogue.is_part else watchable
        return sorted(names, key=lambda name: (-fits.get(name, 0.0), -most[name], -sizes[name], name))[:GENRES]

    @cached_property
    def liked(self) -> dict[str, float]:
        """How much of what was watched is of each genre, newer plays counting more."""
        weights = np.zeros(len(self.catalogue))
        places = self.catalogue.at(self.taste.history)
        weights[places] = 0.95 ** np.arange(len(places))
        total = max(float(weights.sum()), 1e-9)
        return {
            name: found / total for name, at in self.catalogue.genres.items() if (found := float(weights[at].sum()))
        }

    def _watched_here(self, visible: Mask) -> dict[str, float]:
        """How much of what the country watches, and this viewer may see, is of each genre."""
        weights = np.zeros(len(self.catalogue))
        here = [place for place in self.catalogue.at(self.here) if visible[place]]
        weights[here] = 0.95 ** np.arange(len(here))
        return {name: float(weights[at].sum()) for name, at in self.catalogue.genres.items()}

    def _again(self, playable: Mask) -> list[int]:
        liked = {title_id for title_id, verdict in self.taste.verdicts.items() if verdict == "up"}
        chosen = [
            each.title_id
            for each in self.taste.watched
            if each.finished and (each.title_id in liked or self.now - each.last_at >= AGAIN_AFTER)
        ]
        return [place for place in self.catalogue.at(chosen) if playable[place]][:LIMIT]

    def _hidden(self, new: Mask, scores: Scores) -> list[int]:
        """What fits well and few know."""
        if len(self.catalogue) < HIDDEN_AMONG:
            return []
        return best(scores, new & self.rare & (scores > 0))

    def _leaving(self, playable: Mask) -> list[int]:
        ends = self.catalogue.leaving(self.country, self.now, LEAVING)
        return sorted((place for place in ends if playable[place]), key=lambda place: ends[place])[:LIMIT]


def _without_shown(places: Sequence[int], shown: set[int], *, scarce: bool) -> list[int]:
    """Those that stand further up come last, and only as far as the row needs them."""
    fresh = [place for place in places if place not in shown]
    again = [place for place in places if place in shown]
    if scarce:
        return [*fresh, *again][:LIMIT]
    return [*fresh, *again[: max(0, ENOUGH - len(fresh))]][:LIMIT] if fresh else []


def best(scores: NDArray[np.float64], among: Mask) -> list[int]:
    """The places with the highest scores, some more than a row has."""
    chosen = np.flatnonzero(among)
    width = min(4 * LIMIT, len(chosen))
    if width < len(chosen):
        chosen = chosen[np.argpartition(-scores[chosen], width)[:width]]
    ranked: list[int] = chosen[np.argsort(-scores[chosen], kind="stable")].tolist()
    return ranked


def _only(visible: Mask, places: NDArray[np.int64]) -> Mask:
    mask = np.zeros_like(visible)
    mask[places] = visible[places]
    return mask
