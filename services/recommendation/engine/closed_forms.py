"""Models in closed form: counts and least squares from titles to titles. Needs SciPy.

EASE: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019. The others are first-order Markov chains over a
history that fades, and ridge regressions from a history to what was watched next, or on a later day.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from services.recommendation.engine.model import LEAST, Part
from services.recommendation.engine.plays import LONGEST, Places, Plays, longest

Table = NDArray[np.float32]
LINKS = 400
SMOOTHING = 20.0  # plays
# Plays that are further apart are of two sittings. Seconds.
APART = 4 * 3_600.0
# So many sittings are counted at once.
AT_ONCE = 20_000
# What is popular of late: plays count half after so many seconds.
HALVED = (7 * 86_400.0, 28 * 86_400.0, 90 * 86_400.0)


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


def later(plays: Plays, penalty: float) -> Table:
    """The least squares from all that a viewer had watched to what was watched at another sitting after that.

    A long sitting counts less a title than a short one. Nothing where nobody came back.
    """
    again = plays.viewers[1:] == plays.viewers[:-1]
    begins = np.concatenate([[True], ~again | (np.diff(plays.times) > APART)])
    sitting = np.cumsum(begins) - 1
    firsts = np.flatnonzero(begins)
    of_viewer = plays.bounds()[plays.viewers[firsts]]
    back = np.flatnonzero(firsts > of_viewer)
    gram = np.zeros((plays.number, plays.number), np.float32)
    wanted = np.zeros_like(gram)
    ends = np.append(firsts[1:], len(plays.titles))
    for some in np.array_split(back, -(-len(back) // AT_ONCE)) if len(back) else ():
        before_, after = _rows(plays, of_viewer[some], firsts[some]), _rows(plays, firsts[some], ends[some])
        weights = sparse.diags(1 / np.sqrt(np.maximum(np.asarray(after.sum(axis=1)).ravel(), 1))).astype(np.float32)
        weighed = (weights @ before_).T.tocsr()
        gram += (weighed @ before_).toarray()
        wanted += (weighed @ after).toarray()
    if not len(sitting) or not len(back):
        return wanted
    gram[np.diag_indices_from(gram)] += penalty
    found: Table = linalg.solve(gram, wanted, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False)
    return found.astype(np.float32)


def _rows(plays: Plays, starts: Places, ends: Places) -> sparse.csr_matrix:
    """A row for each stretch of plays, of ones."""
    lengths = ends - starts
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    here = np.repeat(starts - bounds[:-1], lengths) + np.arange(bounds[-1])
    ones = np.ones(len(here), np.float32)
    return sparse.csr_matrix((ones, plays.titles[here], bounds), (len(starts), plays.number))


def cut(name: str, table: Table, decay: float, *, chances: bool = False, spread: bool = False) -> Part:
    """Keep the strongest links of each title."""
    width = min(LINKS, table.shape[1])
    links = np.argpartition(-np.abs(table), width - 1, axis=1)[:, :width].astype(np.int32)
    weights = np.take_along_axis(table, links, axis=1).astype(np.float32)
    return Part(name, decay, longest(decay), chances, links, weights, spread)


def parts(plays: Plays, *, timed: bool) -> Iterator[Part]:
    """Fit every part on the same plays; what needs times where they are known."""
    yield cut("markov, short", markov(plays, 0.3), 0.3, chances=True)
    yield cut("markov, long", markov(plays, 0.7), 0.7, chances=True)
    yield cut("ridge", ridge(plays, 0.85, 15.0), 0.85)
    yield cut("ease", ease(plays, 300.0), 1.0)
    if timed:
        yield cut("later", later(plays, 1000.0), 1.0, spread=True)


def shares(plays: Plays, now: float | None) -> Table:
    """The share of plays that each title has: of all, and where it is said when `now` is, of those that are not long ago."""
    kinds = [np.ones(len(plays.titles))]
    if now is not None:
        kinds += [0.5 ** ((now - plays.times) / half) for half in HALVED]
    counts = np.stack([np.bincount(plays.titles, kind, plays.number) for kind in kinds])
    found: Table = (counts / np.maximum(counts.sum(axis=1, keepdims=True), LEAST)).astype(np.float32)
    return found
