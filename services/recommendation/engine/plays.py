"""Who watched what, in order, and how that is parted into what is known and what is to be foretold."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Places = NDArray[np.int64]
# What counts less than this in a fading history is left out: a twentieth of the time for the same answers.
FAINT = 0.08
# More of a history than this says nothing new, and a robot's is endless.
LONGEST = 1_000


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

    def bounds(self) -> Places:
        """Where each viewer's plays begin, and where the last one's end."""
        return np.searchsorted(self.viewers, np.arange(self.size + 1))

    def some(self, viewers: Places | slice) -> Plays:
        """Of some viewers alone, in the order of their numbers, who are 0, 1, 2 … here."""
        chosen = np.sort(np.arange(self.size)[viewers])
        starts, ends = np.searchsorted(self.viewers, chosen), np.searchsorted(self.viewers, chosen, side="right")
        lengths = ends - starts
        here = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
        return Plays(np.repeat(np.arange(len(chosen)), lengths), self.titles[here], self.times[here], self.number)

    def each(self) -> list[Places]:
        """The titles of each viewer, the newest last."""
        return [self.titles[start:end] for start, end in itertools.pairwise(self.bounds().tolist())]

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


def seen(plays: Plays, viewers: slice) -> sparse.csr_matrix:
    """What these viewers have watched."""
    return plays.some(viewers).histories(1.0, LONGEST)


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
