"""How good a ranking is: whether what was watched stands among the first, and how much of the catalogue is ever shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

TOP = 10
MIXED_IN = 0.01
_GAIN = 1 / np.log2(np.arange(2, TOP + 2))


@dataclass(frozen=True, slots=True)
class Measured:
    """`ndcg` and `hits` of each viewer, and the share of all titles that somebody was shown.

    `off_taste`: how far the genres shown to each viewer are from those watched before, in bits (Kullback-Leibler divergence,
    Steck, "Calibrated Recommendations", RecSys 2018; 0 where they are the same); nothing where genres are not known.
    `novelty`: of each viewer the mean surprise of what was shown, in bits (-log2 of a title's share of all plays before).
    `bias`: how many times as popular what was shown is, on average, as what was watched; at 1 popular titles get their due.
    """

    ndcg: NDArray[np.float64]
    hits: NDArray[np.float64]
    coverage: float
    novelty: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    bias: float = 0.0
    off_taste: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def told(self) -> dict[str, float]:
        """The means."""
        return {
            "ndcg@10": mean(self.ndcg),
            "hit@10": mean(self.hits),
            "coverage@10": round(self.coverage, 4),
            "novelty@10": mean(self.novelty),
            "popularity_bias": round(self.bias, 4),
            "genres_off": mean(self.off_taste),
            "viewers": len(self.ndcg),
        }


def mean(values: NDArray[np.float64]) -> float:
    """The mean to four places; of nothing 0, for a card has numbers."""
    return round(float(values.mean()), 4) if len(values) else 0.0


def best(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The ten best of each row, in order."""
    width = min(TOP, scores.shape[1])
    found = np.argpartition(-scores, width - 1, axis=1)[:, :width]
    order = np.argsort(-np.take_along_axis(scores, found, axis=1), axis=1, kind="stable")
    ranked: NDArray[np.int64] = np.take_along_axis(found, order, axis=1)
    return ranked


def measured(
    ranked: NDArray[np.int64], relevant: NDArray[np.bool_], share: NDArray[np.float64] | None = None
) -> Measured:
    """Compare what was shown with what was watched: a row for each viewer who watched anything.

    `share` is the part of all plays before that each title had.
    """
    right = np.take_along_axis(relevant, ranked, axis=1)
    ideal = np.array([0.0, *np.cumsum(_GAIN)])[np.minimum(relevant.sum(axis=1), TOP)]
    ndcg = right @ _GAIN[: right.shape[1]] / ideal
    coverage = len(np.unique(ranked)) / relevant.shape[1]
    found = Measured(ndcg, np.asarray(right.any(axis=1), np.float64), coverage)
    if share is None or not len(ranked):
        return found
    # What nobody has watched yet surprises as much as what one play more would.
    surprise = -np.log2(np.maximum(share, share[share > 0].min(initial=1.0)))
    due = float((relevant @ share).sum() / max(relevant.sum(), 1))
    return replace(found, novelty=surprise[ranked].mean(axis=1), bias=float(share[ranked].mean()) / max(due, 1e-12))


def off_taste(ranked: NDArray[np.int64], watched: sparse.csr_matrix, genres: sparse.csr_matrix) -> NDArray[np.float64]:
    """How far the genres of what was shown are from those of what was watched, of each viewer, in bits.

    `watched` is viewers × titles, `genres` titles × genres, of ones. A title's genres share it among them.
    """
    counts = np.maximum(np.asarray(genres.sum(axis=1)).ravel(), 1)
    of_titles = sparse.diags(1 / counts) @ genres
    before = np.asarray((watched @ of_titles).todense())
    rows = np.repeat(np.arange(len(ranked)), ranked.shape[1])
    shown_titles = sparse.csr_matrix((np.ones(ranked.size), (rows, ranked.ravel())), watched.shape)
    shown = np.asarray((shown_titles @ of_titles).todense())
    before, shown = (each / np.maximum(each.sum(axis=1, keepdims=True), 1e-12) for each in (before, shown))
    # A genre that is not shown at all would be infinitely far off.
    near = (1 - MIXED_IN) * shown + MIXED_IN * before
    told = np.where(before > 0, before * np.log2(np.maximum(before, 1e-12) / np.maximum(near, 1e-12)), 0.0)
    found: NDArray[np.float64] = told.sum(axis=1)
    return found


def pooled(windows: Sequence[Measured]) -> Measured:
    """The viewers of several windows together; coverage and bias are the means of the windows'."""
    return Measured(
        np.concatenate([each.ndcg for each in windows]),
        np.concatenate([each.hits for each in windows]),
        float(np.mean([each.coverage for each in windows])),
        np.concatenate([each.novelty for each in windows]),
        float(np.mean([each.bias for each in windows])),
        np.concatenate([each.off_taste for each in windows]),
    )


def interval(better: NDArray[np.float64], worse: NDArray[np.float64], rounds: int = 1000) -> tuple[float, float]:
    """Between what, with 95 % confidence, the mean difference of two rankings of the same viewers lies (bootstrap)."""
    difference = better - worse
    if not len(difference):
        return 0.0, 0.0
    random = np.random.default_rng(7)
    means = [difference[random.integers(0, len(difference), len(difference))].mean() for _ in range(rounds)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
