"""How much each part of a model tells: a small ranker, learned from what was watched after all that the parts knew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from services.recommendation.engine.closed_forms import Table
from services.recommendation.engine.model import LEAST, Model, Part, chances, spread
from services.recommendation.engine.plays import LONGEST, Places, Plays
from services.recommendation.engine.sequence.answering import Follows

CANDIDATES = 60
BATCH = 1_000
# More say nothing new of a dozen weights.
MOST_VIEWERS = 10_000
# How much weights are held near to nothing, by the number of viewers.
HELD = 20.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the ranker learns from: a model's parts and popularity as they were known, and what was watched after that.

    `wanted` has a row for each viewer of `known`.
    """

    known: Plays
    wanted: sparse.csr_matrix
    parts: Sequence[Part]
    shares: Table

    def viewers(self) -> Places:
        """Those who watched something after, at most `MOST_VIEWERS` of them."""
        found: Places = np.flatnonzero(self.wanted.getnnz(axis=1) > 0)
        if len(found) > MOST_VIEWERS:
            found = np.sort(np.random.default_rng(7).choice(found, MOST_VIEWERS, replace=False))
        return found


def features(plays: Plays, parts: Sequence[Part], shares: Table, network: Follows | None = None) -> list[Table]:
    """What each part, each kind of popularity and, last, the sequence model say of each title for each viewer.

    As `Model.feature`, for many at once.
    """
    found = []
    for part in parts:
        rows = plays.histories(part.decay, part.longest)
        sums = (rows @ _sparse(part, plays.number)).toarray()
        if part.chances:
            totals = np.maximum(np.asarray(rows.sum(axis=1)), LEAST)
            sums = chances(sums / totals, 1.0, shares[0])
        elif part.spread:
            sums = spread(sums)
        found.append(sums.astype(np.float32))
    found += [np.broadcast_to(np.log(kind + LEAST), found[0].shape).astype(np.float32) for kind in shares]
    return found if network is None else [*found, network.of_many(plays.each())]


def scored(plays: Plays, model: Model, viewers: slice) -> Table:
    """The scores of many viewers, what they have watched put last."""
    some = plays.some(viewers)
    told = features(some, model.parts, model.shares, model.network)
    weights = model.told if model.following is None or model.network is None else model.following.told
    total: Table = sum((weight * table for weight, table in zip(weights, told, strict=True)), np.zeros_like(told[0]))
    total[some.histories(1.0, LONGEST).nonzero()] = -np.inf
    return total


def _sparse(part: Part, number: int) -> sparse.csr_matrix:
    ends = np.arange(len(part.links) + 1) * part.links.shape[1]
    return sparse.csr_matrix((part.weights.ravel(), part.links.ravel(), ends), (len(part.links), number))


def weighed(
    lessons: Sequence[Lesson], network: Follows | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Learn how much each part tells: of all lessons together, they must put what was wanted before all else (softmax).

    The second answer is how much each tells beside a sequence model, and, last, how much that does.
    """
    rows, right, groups, number = [], [], [], 0
    for lesson in lessons:
        viewers = lesson.viewers()
        for start in range(0, len(viewers), BATCH):
            some = viewers[start : start + BATCH]
            known = lesson.known.some(some)
            told = features(known, lesson.parts, lesson.shares, network)
            new = known.histories(1.0, LONGEST).toarray() == 0
            target = (lesson.wanted[some].toarray() > 0) & new
            chosen = np.zeros(new.shape, np.bool_)
            width = min(CANDIDATES, known.number - 1)
            for table in told:
                strongest = np.argpartition(np.where(new, -table, np.inf), width, axis=1)[:, :width]
                np.put_along_axis(chosen, strongest, True, axis=1)
            chosen &= new & (chosen & target).any(axis=1)[:, None]
            viewer, title = np.nonzero(chosen)
            rows.append(np.stack([table[viewer, title] for table in told], axis=1).astype(np.float64))
            right.append(target[viewer, title])
            groups.append(viewer + number)
            number += len(some)
    if not rows:
        size = len(lessons[0].parts) + len(lessons[0].shares)
        alike = np.full(size, 1 / size, np.float32)
        return alike, None if network is None else np.append(alike, np.float32(0))
    every: NDArray[np.float64] = np.concatenate(rows)
    target, group = np.concatenate(right), np.concatenate(groups)
    if network is None:
        return _softmax(every, target, group), None
    return _softmax(every[:, :-1], target, group), _softmax(every, target, group)


def _softmax(rows: NDArray[np.float64], right: NDArray[np.bool_], groups: Places) -> NDArray[np.float32]:
    """The weights of a conditional logit: in each group the right rows are to win.

    Who watched much counts more than who watched little, by the root of it. The fewer there are, the smaller weights must be.
    """
    number = rows.shape[1]
    if not right.any():
        return np.full(number, 1 / number, np.float32)
    scale = np.maximum(rows.std(axis=0), 1e-9)
    rows = rows / scale
    firsts = np.concatenate([[True], groups[1:] != groups[:-1]])
    starts, numbers = np.flatnonzero(firsts), np.cumsum(firsts) - 1
    watched = np.add.reduceat(right.astype(np.float64), starts)
    share = right / watched[numbers]
    counts = np.sqrt(watched) / np.sqrt(watched).sum()
    of_row, penalty = counts[numbers], HELD / len(starts)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = rows @ weights
        top = np.maximum.reduceat(score, starts)
        power = np.exp(score - top[numbers])
        total = np.add.reduceat(power, starts)
        value = counts @ (top + np.log(total)) - (of_row * share) @ score
        slope = rows.T @ (of_row * (power / total[numbers] - share))
        return float(value + penalty * weights @ weights), slope + 2 * penalty * weights

    begin = np.full(number, 1 / number)
    found: NDArray[np.float64] = optimize.minimize(loss, begin, jac=True, method="L-BFGS-B").x / scale
    return found.astype(np.float32)
