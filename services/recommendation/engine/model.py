"""A trained model as it answers: what follows and goes with each title, and how much each of these tells.

NumPy alone; a model that has a sequence too answers with it where onnxruntime is installed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from libs.chassis import telemetry
from services.recommendation.engine.sequence.answering import BrokenNetwork, Follows

log = telemetry.logger(__name__)

Scores = NDArray[np.float64]
# Titles nobody was ever seen to watch after another are not impossible.
LEAST = 1e-8
POPULAR = 1e-3
SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class Part:
    """One item-to-item model, cut down to the strongest links of each title.

    A history's titles count `decay` ** (how many came after); what is older than `longest` counts nothing. `chances`: the sum
    is a probability, and its logarithm is what tells. `spread`: how many spreads a title lies above the middle is what tells,
    so that a long history says no more than a short one.
    """

    name: str
    decay: float
    longest: int
    chances: bool
    links: NDArray[np.int32]  # titles × links, the places of others
    weights: NDArray[np.float32]  # the same shape
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """A sequence model beside the parts. `told` counts like a model's, and its last number is how much the sequence counts.

    `network` is None where onnxruntime is absent; `data` is its file in any case.
    """

    data: bytes
    told: NDArray[np.float32]
    network: Follows | None


@dataclass(frozen=True)
class Model:
    """`titles` says what its places are. `told`: how much each part, and then each kind of popularity, counts."""

    version: str
    titles: tuple[UUID, ...]
    shares: NDArray[np.float32]  # kinds × titles: of all plays; and, where times are known, of those of late
    parts: tuple[Part, ...]
    told: NDArray[np.float32]
    following: Following | None = None

    @property
    def network(self) -> Follows | None:
        """The sequence model, where there is one and it can answer."""
        return self.following.network if self.following is not None else None

    @cached_property
    def weights(self) -> NDArray[np.float32]:
        """How much the parts and kinds of popularity count here: with a sequence beside them less than alone."""
        return self.told if self.following is None or self.following.network is None else self.following.told[:-1]

    @cached_property
    def _popular(self) -> Scores:
        """What popularity alone says of each title."""
        found: Scores = self.weights[len(self.parts) :] @ np.log(self.shares + LEAST).astype(np.float64)
        return found

    def _sequence(self, history: Sequence[int]) -> dict[str, Scores]:
        """What the sequence model adds, by name; nothing without one, after no history, or where it fails."""
        if self.following is None or self.following.network is None or not len(history):
            return {}
        try:
            return {SEQUENCE: float(self.following.told[-1]) * self.following.network.scores(history)}
        except BrokenNetwork as error:
            _tell(self.version, str(error))
            return {}

    def scores(self, history: Sequence[int]) -> Scores:
        """How likely each title is to be watched next, after these places (the newest first), in units of logarithms."""
        total: Scores = self._popular
        for part, told in zip(self.parts, self.weights, strict=False):
            total = total + told * self.feature(part, history)
        for added in self._sequence(history).values():
            total = total + added
        return total

    def terms(self, history: Sequence[int]) -> dict[str, Scores]:
        """What `scores` is the sum of, by name."""
        found = {
            part.name: told * self.feature(part, history) for part, told in zip(self.parts, self.weights, strict=False)
        }
        return {**found, **self._sequence(history), "popularity": self._popular}

    def feature(self, part: Part, history: Sequence[int]) -> Scores:
        """What one part says of each title."""
        recent = np.asarray(history[: part.longest], np.int64)
        weights = part.decay ** np.arange(len(recent))
        linked = part.weights[recent].astype(np.float64) * weights[:, None]
        found = np.bincount(part.links[recent].ravel(), linked.ravel(), len(self.titles)).astype(np.float64)
        if part.chances:
            return chances(found, weights.sum(), self.shares[0])
        return spread(found) if part.spread else found

    def alike(self, place: int) -> Scores:
        """How much each title goes with one: by who watched both, and by what was watched after it."""
        found = np.zeros(len(self.titles))
        for part in self.parts:
            strongest = float(np.abs(part.weights[place]).max(initial=0.0))
            if strongest:
                found[part.links[place]] += part.weights[place] / strongest
        return found


@lru_cache(maxsize=100)
def _tell(version: str, reason: str) -> None:
    """Once, however many ask."""
    log.error("sequence_model_fails", version=version, reason=reason)


def chances(sums: NDArray[np.float64], total: float, share: NDArray[np.float32]) -> Scores:
    """The logarithm of a weighted mean of probabilities, with a little of everybody's in it."""
    mean = sums / max(total, LEAST)
    found: Scores = np.log(np.maximum(mean, 0.0) + POPULAR * share + LEAST)
    return found


def spread(sums: NDArray[np.float64]) -> Scores:
    """How many standard deviations each number lies above the mean, of each row by itself."""
    middle = sums.mean(axis=-1, keepdims=True)
    found: Scores = (sums - middle) / np.maximum(sums.std(axis=-1, keepdims=True), LEAST)
    return found
