"""Which of its posters a title is shown with: a contextual bandit, and what a way of choosing would have brought.

The estimates are those of Dudík, Langford and Li, "Doubly Robust Policy Evaluation and Learning" (ICML 2011), and the
self-normalised one of Swaminathan and Joachims (NIPS 2015).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

# A title's own.
USUAL = "poster"
# How the poster is chosen: each as likely, so that something is learned; or mostly the one that is chosen most.
Way = Literal["explore", "chosen"]
# The share of profiles that see any of the posters, so that what is not the best today may become it.
EXPLORED = 0.1
# A title has four posters at most. Who tells of a smaller chance than they can have, tells of none of ours; and what one
# showing counts in an estimate is bounded.
LEAST_CHANCE = EXPLORED / 4 - 1e-9
# What is known of a poster by itself counts as so many of its showings in one context, and what is usual as so many of it.
OF_POSTER, OF_ALL = 50.0, 100.0
RESAMPLED = 400


class Trial(NamedTuple):
    """A poster was shown in a context with a `chance` (above 0), and its title was `chosen` or not. `profile` numbers viewers."""

    profile: int
    title_id: UUID
    context: str
    picture: str
    chance: float
    chosen: bool


@dataclass(frozen=True)
class Learned:
    """How often each poster was shown and chosen: by `(title, context, poster)`. It never changes."""

    counts: Mapping[tuple[UUID, str, str], tuple[float, float]]

    def __post_init__(self) -> None:
        whole: dict[tuple[UUID, str], tuple[float, float]] = {}
        shown, chosen = 0.0, 0.0
        for (title_id, _, picture), (seen, taken) in self.counts.items():
            before = whole.get((title_id, picture), (0.0, 0.0))
            whole[title_id, picture] = before[0] + seen, before[1] + taken
            shown, chosen = shown + seen, chosen + taken
        object.__setattr__(self, "_whole", whole)
        object.__setattr__(self, "_usual", chosen / shown if shown else 0.0)

    def rate(self, title_id: UUID, context: str, picture: str) -> float:
        """How often the title is chosen with this poster in this context: what is seen seldom is drawn to what is usual."""
        whole: dict[tuple[UUID, str], tuple[float, float]] = self._whole  # type: ignore[attr-defined]
        usual: float = self._usual  # type: ignore[attr-defined]
        seen, taken = whole.get((title_id, picture), (0.0, 0.0))
        of_poster = (taken + OF_ALL * usual) / (seen + OF_ALL)
        seen, taken = self.counts.get((title_id, context, picture), (0.0, 0.0))
        return (taken + OF_POSTER * of_poster) / (seen + OF_POSTER)

    def chances(self, title_id: UUID, context: str, pictures: Sequence[str], way: Way) -> dict[str, float]:
        """How likely each of a title's posters is shown. They sum to 1, and none is 0."""
        if way == "explore" or len(pictures) < 2:
            return {name: 1.0 / len(pictures) for name in pictures}
        # Of equals the title's own, which stands first.
        best = max(pictures, key=lambda name: (self.rate(title_id, context, name), -pictures.index(name)))
        rest = EXPLORED / len(pictures)
        return {name: rest + (1.0 - EXPLORED if name == best else 0.0) for name in pictures}


def drawn(profile_id: UUID, title_id: UUID, day: int, chances: Mapping[str, float]) -> str:
    """The poster that this profile sees of a title on this day, however often it looks: a poster does not flicker."""
    said = b"picture\0" + profile_id.bytes + title_id.bytes + day.to_bytes(4, "big")
    left = int.from_bytes(hashlib.blake2b(said, digest_size=8).digest()) / 2**64
    for name, chance in chances.items():
        left -= chance
        if left < 0:
            return name
    return name


class Estimate(NamedTuple):
    """Of a way of choosing: how many of a hundred showings are chosen, by three measures, each with its 95 % interval."""

    ips: tuple[float, float, float]
    snips: tuple[float, float, float]
    dr: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`better`: by how much more, by the doubly robust measure, posters that are `chosen` bring than titles' own."""

    trials: int
    profiles: int
    usual: Estimate
    chosen: Estimate
    better: tuple[float, float, float]


def compared(trials: Sequence[Trial], pictures: Mapping[UUID, Sequence[str]], seed: int = 0) -> Comparison:
    """What titles' own posters would have brought, and those that are chosen, in the trials that were logged.

    What is chosen for one half of the profiles is learned from the other half. Intervals come from drawing profiles anew.
    """
    _, profiles = np.unique([trial.profile for trial in trials], return_inverse=True)
    halves = np.random.default_rng(seed).integers(0, 2, int(profiles.max(initial=-1)) + 1)[profiles]
    learned = [_learned([trial for trial, half in zip(trials, halves, strict=True) if half != side]) for side in (0, 1)]
    rewards = np.array([trial.chosen for trial in trials], np.float64)
    usual, chosen = np.zeros((len(trials), 3)), np.zeros((len(trials), 3))
    for at, trial in enumerate(trials):
        known = learned[halves[at]]
        names = pictures.get(trial.title_id, (USUAL,))
        rates = {name: known.rate(trial.title_id, trial.context, name) for name in {*names, trial.picture}}
        wanted = known.chances(trial.title_id, trial.context, names, "chosen")
        for found, way in ((usual, {USUAL: 1.0}), (chosen, wanted)):
            weight = way.get(trial.picture, 0.0) / trial.chance
            expected = sum(chance * rates[name] for name, chance in way.items())
            robust = expected + weight * (rewards[at] - rates[trial.picture])
            found[at] = weight * rewards[at], weight, robust
    sums = [np.stack([np.bincount(profiles, part[:, at]) for at in range(3)], 1) for part in (usual, chosen)]
    sizes = np.bincount(profiles).astype(np.float64)
    drawn_sums = _redrawn(np.column_stack([sizes, *sums]), seed + 1)
    totals, of_usual, of_chosen = drawn_sums[:, 0], drawn_sums[:, 1:4], drawn_sums[:, 4:]
    better = (of_chosen[:, 2] - of_usual[:, 2]) / totals
    return Comparison(
        len(trials), len(sizes), _estimate(of_usual, totals), _estimate(of_chosen, totals), _interval(100 * better)
    )


def _redrawn(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The sums of the rows, and then of as many rows drawn anew, `RESAMPLED` times: one draw at a time is in memory."""
    random, size = np.random.default_rng(seed), len(values)
    alike = np.full(size, 1 / size)
    return np.stack([values.sum(axis=0), *(random.multinomial(size, alike) @ values for _ in range(RESAMPLED))])


def _learned(trials: Sequence[Trial]) -> Learned:
    counts: dict[tuple[UUID, str, str], tuple[float, float]] = {}
    for trial in trials:
        key = (trial.title_id, trial.context, trial.picture)
        seen, taken = counts.get(key, (0.0, 0.0))
        counts[key] = seen + 1, taken + trial.chosen
    return Learned(counts)


def _estimate(sums: NDArray[np.float64], totals: NDArray[np.float64]) -> Estimate:
    weighted = sums[:, 0] / np.maximum(sums[:, 1], 1e-9)
    return Estimate(
        _interval(100 * sums[:, 0] / totals), _interval(100 * weighted), _interval(100 * sums[:, 2] / totals)
    )


def _interval(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """The first, which nothing was drawn for, and between which 95 % of the others lie."""
    low, high = np.quantile(values[1:], [0.025, 0.975])
    return float(values[0]), float(low), float(high)
