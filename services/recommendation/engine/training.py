"""Training: counts and least squares in closed form, and a small ranker that learns how much each of them tells. Needs SciPy.

EASE: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019. The others are first-order Markov chains over a
history that fades, and a ridge regression from such a history to what was watched next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, sparse

from services.recommendation.engine.model import LEAST, Model, Part, chances

Places = NDArray[np.int64]
Table = NDArray[np.float32]
# What counts less than this in a fading history is left out: a twentieth of the time for the same answers.
FAINT = 0.08
LINKS = 400
# More of a history than this says nothing new, and a robot's is endless.
LONGEST = 1_000
SMOOTHING = 20.0  # plays
CANDIDATES = 60
BATCH = 1_000
# The square tables of least squares need memory and time by the second and third power: of more titles, the most played.
MOST_TITLES = 12_000
# What is popular of late: plays count half after so many seconds.
HALVED = (3 * 86_400.0, 14 * 86_400.0)
RECENT = 28 * 86_400.0


@dataclass(frozen=True, slots=True)
class Plays:
    """Who watched what, in order: sorted by viewer, then by time. Viewers and titles are numbers from 0 on."""

    viewers: Places
    titles: Places
    times: NDArray[np.float64]  # Unix seconds
    number: int  # of titles

    @classmethod
    def of(cls, viewers: Places, titles: Places, times: NDArray[np.float64], number: int) -> Plays:
        """Sort plays; those of one time stay in the order they are in. Of a viewer the last `LONGEST` are kept."""
        order = np.lexsort((times, viewers))
        viewers, titles, times = viewers[order], titles[order], times[order]
        _, viewers = np.unique(viewers, return_inverse=True)
        ends = np.cumsum(np.bincount(viewers)) if len(viewers) else np.zeros(0, np.int64)
        recent = ends[viewers] - np.arange(len(viewers)) <= LONGEST
        return cls(viewers[recent], titles[recent], times[recent], number)

    @property
    def size(self) -> int:
        """How many viewers there are."""
        return int(self.viewers[-1]) + 1 if len(self.viewers) else 0

    def histories(self, decay: float, longest: int) -> sparse.csr_matrix:
        """A row for each viewer: what was watched last, fading with what came after."""
        ends = np.cumsum(np.bincount(self.viewers))
        age = ends[self.viewers] - np.arange(len(self.viewers)) - 1
        near = age < longest
        values = (decay ** age[near]).astype(np.float32)
        return sparse.csr_matrix((values, (self.viewers[near], self.titles[near])), (self.size, self.number))


def longest(decay: float) -> int:
    """How far back a fading history is looked at."""
    return LONGEST if decay >= 1 else int(np.ceil(np.log(FAINT) / np.log(decay))) + 1


def before(plays: Plays, decay: float) -> sparse.csr_matrix:
    """A row for each play: what its viewer had watched until then, fading."""
    here = np.arange(len(plays.viewers))
    starts = np.searchsorted(plays.viewers, plays.viewers)
    rows, columns, values = [], [], []
    for lag in range(1, longest(decay) + 1):
        known = here[here - lag >= starts]
        rows.append(known)
        columns.append(plays.titles[known - lag])
        values.append(np.full(len(known), decay ** (lag - 1), np.float32))
    shape = (len(plays.viewers), plays.number)
    return sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape)


def _played(plays: Plays) -> sparse.csr_matrix:
    size = len(plays.viewers)
    return sparse.csr_matrix((np.ones(size, np.float32), (np.arange(size), plays.titles)), (size, plays.number))


def markov(plays: Plays, decay: float) -> Table:
    """The probability of what is watched after each title, rare titles held back."""
    counts = (before(plays, decay).T @ _played(plays)).toarray()
    table: Table = (counts / (counts.sum(axis=1, keepdims=True) + SMOOTHING)).astype(np.float32)
    return table


def ridge(plays: Plays, decay: float, penalty: float) -> Table:
    """The least squares from a fading history to what was watched next."""
    history = before(plays, decay)
    gram = (history.T @ history).toarray()
    gram[np.diag_indices_from(gram)] += penalty
    wanted = (history.T @ _played(plays)).toarray()
    found: Table = linalg.solve(gram, wanted, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False)
    return found.astype(np.float32)


def ease(plays: Plays, penalty: float) -> Table:
    """The least squares from all that a viewer watched to each title, without itself."""
    watched = plays.histories(1.0, LONGEST)
    watched.data[:] = 1.0
    gram = (watched.T @ watched).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += penalty
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    table: Table = -inverse / np.diag(inverse)
    np.fill_diagonal(table, 0)
    return table


def cut(name: str, table: Table, decay: float, *, chances: bool) -> Part:
    """Keep the strongest links of each title."""
    width = min(LINKS, table.shape[1])
    links = np.argpartition(-np.abs(table), width - 1, axis=1)[:, :width].astype(np.int32)
    weights = np.take_along_axis(table, links, axis=1).astype(np.float32)
    return Part(name, decay, longest(decay), chances, links, weights)


def parts(plays: Plays) -> Iterator[Part]:
    """Fit every part on the same plays."""
    yield cut("markov, short", markov(plays, 0.3), 0.3, chances=True)
    yield cut("markov, long", markov(plays, 0.7), 0.7, chances=True)
    yield cut("ridge", ridge(plays, 0.85, 15.0), 0.85, chances=False)
    yield cut("ease", ease(plays, 300.0), 1.0, chances=False)


def shares(plays: Plays, now: float | None) -> Table:
    """The share of plays that each title has: of all, and where it is said when `now` is, of those that are not long ago."""
    kinds = [np.ones(len(plays.titles))]
    if now is not None:
        kinds += [0.5 ** ((now - plays.times) / half) for half in HALVED]
    counts = np.stack([np.bincount(plays.titles, kind, plays.number) for kind in kinds])
    found: Table = (counts / np.maximum(counts.sum(axis=1, keepdims=True), LEAST)).astype(np.float32)
    return found


def features(plays: Plays, fitted: Sequence[Part], share: Table, viewers: slice) -> list[Table]:
    """What each part and each kind of popularity says of each title for some viewers: as `Model.feature`, for many at once."""
    found = []
    for part in fitted:
        rows = plays.histories(part.decay, part.longest)[viewers]
        sums = (rows @ _sparse(part, plays.number)).toarray()
        if part.chances:
            totals = np.maximum(np.asarray(rows.sum(axis=1)), LEAST)
            sums = chances(sums / totals, 1.0, share[0])
        found.append(sums.astype(np.float32))
    return found + [np.broadcast_to(np.log(kind + LEAST), found[0].shape).astype(np.float32) for kind in share]


def scored(plays: Plays, model: Model, viewers: slice) -> Table:
    """The scores of many viewers, what they have watched put last."""
    told = features(plays, model.parts, model.shares, viewers)
    total: Table = sum((weight * table for weight, table in zip(model.told, told, strict=True)), np.zeros_like(told[0]))
    total[seen(plays, viewers).nonzero()] = -np.inf
    return total


def _sparse(part: Part, number: int) -> sparse.csr_matrix:
    ends = np.arange(len(part.links) + 1) * part.links.shape[1]
    return sparse.csr_matrix((part.weights.ravel(), part.links.ravel(), ends), (len(part.links), number))


def seen(plays: Plays, viewers: slice) -> sparse.csr_matrix:
    """What these viewers have watched."""
    return plays.histories(1.0, LONGEST)[viewers]


def rank(known: Plays, wanted: sparse.csr_matrix, now: float | None) -> NDArray[np.float32]:
    """Learn how much each part tells: fitted on what is known, they must put what is wanted before all else (softmax).

    `wanted` has a row for each viewer of `known`, with the titles watched after that.
    """
    fitted, share = list(parts(known)), shares(known, now)
    rows, right, groups = [], [], []
    for start in range(0, known.size, BATCH):
        viewers = slice(start, min(start + BATCH, known.size))
        told = features(known, fitted, share, viewers)
        new = seen(known, viewers).toarray() == 0
        target = (wanted[viewers].toarray() > 0) & new
        chosen = np.zeros(new.shape, np.bool_)
        width = min(CANDIDATES, known.number - 1)
        for table in told[: len(fitted)]:
            strongest = np.argpartition(np.where(new, -table, np.inf), width, axis=1)[:, :width]
            np.put_along_axis(chosen, strongest, True, axis=1)
        chosen &= new & (chosen & target).any(axis=1)[:, None]
        viewer, title = np.nonzero(chosen)
        rows.append(np.stack([table[viewer, title] for table in told], axis=1).astype(np.float64))
        right.append(target[viewer, title])
        groups.append(viewer + start)
    return _softmax(np.concatenate(rows), np.concatenate(right), np.concatenate(groups))


def _softmax(rows: NDArray[np.float64], right: NDArray[np.bool_], groups: Places) -> NDArray[np.float32]:
    """The weights of a conditional logit: in each group the right rows are to win."""
    number = rows.shape[1]
    if not right.any():
        return np.full(number, 1 / number, np.float32)
    scale = np.maximum(rows.std(axis=0), 1e-9)
    rows = rows / scale
    firsts = np.concatenate([[True], groups[1:] != groups[:-1]])
    starts, numbers = np.flatnonzero(firsts), np.cumsum(firsts) - 1
    share = right / np.add.reduceat(right.astype(np.float64), starts)[numbers]

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = rows @ weights
        top = np.maximum.reduceat(score, starts)
        power = np.exp(score - top[numbers])
        total = np.add.reduceat(power, starts)
        value = (top + np.log(total)).sum() - share @ score
        slope = rows.T @ (power / total[numbers] - share)
        return float(value / len(starts) + 1e-4 * weights @ weights), slope / len(starts) + 2e-4 * weights

    begin = np.full(number, 1 / number)
    found: NDArray[np.float64] = optimize.minimize(loss, begin, jac=True, method="L-BFGS-B").x / scale
    return found.astype(np.float32)


def train(version: str, plays: Plays, titles: Sequence[UUID], *, now: float | None = None) -> Model:
    """Train a model: learn how much each part tells, then fit the parts on everything.

    Without `now` (Unix seconds) times are taken for an order alone, and everybody's last play is what is to be foretold. With it
    the plays of the last four weeks are, from those before them.
    """
    known, wanted = without_last(plays) if now is None else since(plays, now - RECENT)
    told = rank(known, wanted, None if now is None else now - RECENT)
    return Model(version, tuple(titles), shares(plays, now), tuple(parts(plays)), told)


def without_last(plays: Plays) -> tuple[Plays, sparse.csr_matrix]:
    """All but everybody's last play, and a row for each viewer with that."""
    ends, counts = np.cumsum(np.bincount(plays.viewers)), np.bincount(plays.viewers)
    last = (ends - 1)[counts > 1]
    kept = np.ones(len(plays.viewers), np.bool_)
    kept[last] = False
    return _apart(plays, kept)


def since(plays: Plays, when: float) -> tuple[Plays, sparse.csr_matrix]:
    """What was known at a moment, and a row for each viewer of it with what was watched from then on."""
    return _apart(plays, plays.times < when)


def _apart(plays: Plays, kept: NDArray[np.bool_]) -> tuple[Plays, sparse.csr_matrix]:
    known = np.unique(plays.viewers[kept])
    later = ~kept & np.isin(plays.viewers, known)
    rows = np.searchsorted(known, plays.viewers[later])
    ones = np.ones(len(rows), np.float32)
    wanted = sparse.csr_matrix((ones, (rows, plays.titles[later])), (len(known), plays.number))
    viewers = np.searchsorted(known, plays.viewers[kept])
    return Plays(viewers, plays.titles[kept], plays.times[kept], plays.number), wanted
