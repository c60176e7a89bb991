"""How well a model foretells what was watched: beside popularity, beside the model in use, and without its sequence model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.recommendation.engine import measuring, training, weighing
from services.recommendation.engine.measuring import Measured
from services.recommendation.engine.model import Following, Model
from services.recommendation.engine.plays import Plays, seen, since, without_last
from services.recommendation.engine.sequence.answering import Moved
from services.recommendation.engine.training import Sequences

# Of fewer nothing can be learned, and nothing measured.
LEAST_VIEWERS = 20
LEAST_TITLES = 10
BATCH = 500

WITHOUT = "without sequence"

Verdict = Literal[
    "better", "no_better_than_popularity", "worse_than_in_use", "without_sequence", "not_compared", "not_measured"
]
Score = Callable[[Plays, slice], NDArray[np.float32]]


class TooLittle(ValueError):
    """There are not enough plays to learn from yet."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How well rankings foretell what was watched: by order or by time, of the same viewers."""

    split: str
    rankings: dict[str, Measured]
    rival: bool = False  # there is a model in use
    lost: bool = False  # that has a sequence model, and the new one has none
    # The new model's of the same viewers, where another ranking could not be asked of all.
    beside: Mapping[str, Measured] = field(default_factory=dict)

    def over(self, other: str) -> tuple[float, float]:
        """By how much the new model is better than another ranking, between what and what with 95 % confidence."""
        return measuring.interval(self.beside.get(other, self.rankings["new"]).ndcg, self.rankings[other].ndcg)

    @property
    def verdict(self) -> Verdict:
        """Whether the new model is worth choosing: better than popularity, and no worse than the one in use, beyond chance.

        Where there is one in use and too few watched anything since it was made, nobody can say which is better. One that has a
        sequence model makes way for one without only where that is better beyond chance: most trainings have none.
        """
        if not len(self.rankings["new"].ndcg):
            return "not_measured"
        if self.over("popularity")[0] <= 0:
            return "no_better_than_popularity"
        if not self.rival:
            return "better"
        if "in use" not in self.rankings:
            return "not_compared"
        if self.lost and self.over("in use")[0] <= 0 <= self.over("in use")[1]:
            return "without_sequence"
        return "worse_than_in_use" if self.over("in use")[1] < 0 else "better"

    @property
    def sequence_helps(self) -> bool:
        """Whether the sequence model is worth keeping: with it the new model is better beyond chance."""
        return WITHOUT in self.rankings and self.over(WITHOUT)[0] > 0

    def told(self) -> dict[str, Any]:
        """For a card, and for whoever reads it."""
        others = [name for name in self.rankings if name != "new"]
        over = {
            name: dict(zip(("low", "high"), (round(each, 4) for each in self.over(name)), strict=True))
            for name in others
        }
        return {
            "split": self.split,
            "rankings": {name: each.told() for name, each in self.rankings.items()},
            "new_over": over,
            "verdict": self.verdict,
        }


def compared(
    plays: Plays,
    titles: Sequence[UUID],
    now: datetime,
    rival: tuple[Model, datetime] | None,
    sequences: Sequences | None = None,
    genres: sparse.csr_matrix | None = None,
) -> Compared:
    """Train on what was watched before a moment and rank what was watched from then on; by order alone where time is short.

    The moment is when the model in use was made, so that neither has seen what is to be foretold, or four weeks ago.
    """
    splits = [] if rival is None else [(f"since {rival[1]:%Y-%m-%d}", rival[1].timestamp())]
    splits += [("the last 28 days", now.timestamp() - training.RECENT)]
    apart = ((split, at, *since(plays, at)) for split, at in splits)
    enough = (each for each in apart if int((each[3].getnnz(axis=1) > 0).sum()) >= LEAST_VIEWERS)
    by_order = ("everybody's last play", None, *without_last(plays))
    split, at, known, wanted = next(enough, by_order)
    model = training.train(
        "candidate", known, titles, now=None if at is None else moment(known, at), sequences=sequences
    )
    rankings = {"new": of_model(model), "popularity": of_model(popular(model))}
    if model.following is not None:
        rankings[WITHOUT] = of_model(replace(model, following=None))
    if rival is not None and split.startswith("since"):
        rankings["in use"] = of_model(_over(rival[0], titles))
    return Compared(
        split,
        {each: measured(known, wanted, score, genres) for each, score in rankings.items()},
        rival=rival is not None,
        lost=rival is not None and rival[0].following is not None and model.following is None,
    )


def rolled(
    plays: Plays,
    titles: Sequence[UUID],
    now: datetime,
    months: int,
    rival: tuple[Model, datetime] | None = None,
    genres: sparse.csr_matrix | None = None,
) -> Compared:
    """Train at the beginning of each of the last months (28 days), rank what was watched in it, and put all viewers together.

    The model in use is asked of the months that began after it was made: the others it may have been trained on. Months before
    anything was known of enough viewers are left out; raises `TooLittle` where that are all.
    """
    found: dict[str, list[Measured]] = {}
    beside: list[Measured] = []
    for month in range(months, 0, -1):
        at = now.timestamp() - month * training.RECENT
        until = since(plays, at + training.RECENT)[0]
        known, wanted = since(until, at)
        if int((wanted.getnnz(axis=1) > 0).sum()) < LEAST_VIEWERS:
            continue
        model = training.train("candidate", known, titles, now=moment(known, at))
        rankings = {"new": model, "popularity": popular(model)}
        unseen = rival is not None and rival[1].timestamp() <= at
        if rival is not None and unseen:
            rankings["in use"] = _over(rival[0], titles)
        for name, each in rankings.items():
            found.setdefault(name, []).append(measured(known, wanted, of_model(each), genres))
        if unseen:
            beside.append(found["new"][-1])
    if not found:
        raise TooLittle(
            f"In none of the last {months} months did {LEAST_VIEWERS} profiles of before watch anything new."
        )
    told = f"{len(found['new'])} of the last {months} months, trained anew for each"
    together = {name: measuring.pooled(each) for name, each in found.items()}
    return Compared(told, together, beside={"in use": measuring.pooled(beside)} if beside else {})


def measured(
    known: Plays, wanted: sparse.csr_matrix, score: Score, genres: sparse.csr_matrix | None = None
) -> Measured:
    """What a ranking puts first, against what was watched, of those who watched anything new. `genres`: titles × genres."""
    ranked, relevant = [], []
    off: list[NDArray[np.float64]] = []
    for start in range(0, known.size, BATCH):
        viewers = slice(start, min(start + BATCH, known.size))
        watched = seen(known, viewers)
        right = (wanted[viewers].toarray() > 0) & (watched.toarray() == 0)
        there = np.flatnonzero(right.any(axis=1))
        if not len(there):
            continue
        ranked.append(measuring.best(score(known.some(there + start), slice(0, len(there)))))
        relevant.append(right[there])
        if genres is not None:
            off.append(measuring.off_taste(ranked[-1], watched[there], genres))
    share = np.bincount(known.titles, minlength=known.number) / max(len(known.titles), 1)
    if not ranked:
        return Measured(np.zeros(0), np.zeros(0), 0.0)
    found = measuring.measured(np.concatenate(ranked), np.concatenate(relevant), share)
    return replace(found, off_taste=np.concatenate(off)) if off else found


def popular(model: Model) -> Model:
    """Popularity alone: of the last three months where times are known, else of all plays."""
    alone = np.eye(1, len(model.told), len(model.told) - 1, dtype=np.float32)[0]
    return replace(model, told=alone, following=None)


def of_model(model: Model) -> Score:
    """Rank by all that a model knows."""
    return lambda known, viewers: weighing.scored(known, model, viewers)


def _over(model: Model, titles: Sequence[UUID]) -> Model:
    """A model with the places of another list of titles."""
    there = {title_id: place for place, title_id in enumerate(titles)}
    moved = np.array([there.get(title_id, -1) for title_id in model.titles], np.int32)
    kept = moved >= 0
    shares = np.zeros((len(model.shares), len(titles)), np.float32)
    shares[:, moved[kept]] = model.shares[:, kept]
    parts = []
    for part in model.parts:
        links = np.zeros((len(titles), part.links.shape[1]), np.int32)
        weights = np.zeros(links.shape, np.float32)
        found = moved[part.links[kept]]
        links[moved[kept]] = np.maximum(found, 0)
        weights[moved[kept]] = np.where(found >= 0, part.weights[kept], 0)
        parts.append(replace(part, links=links, weights=weights))
    following = model.following
    if following is not None and following.network is not None:
        there_too = Moved(following.network, moved.astype(np.int64), len(titles))
        following = Following(following.data, following.told, there_too)
    return Model(model.version, tuple(titles), shares, tuple(parts), model.told, following)


def moment(plays: Plays, now: float) -> float | None:
    """Now, where times tell something: enough viewers of before the last four weeks watched something in them."""
    _, wanted = since(plays, now - training.RECENT)
    return now if int((wanted.getnnz(axis=1) > 0).sum()) >= LEAST_VIEWERS else None
