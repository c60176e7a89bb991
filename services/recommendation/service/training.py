"""A model from what profiles watched: trained, held against popularity and the model in use, kept, and chosen if it is better."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy import sparse

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.object_store import NoSuchObject, ObjectStore, StoreAway
from services.recommendation.engine import artefact, measuring, training
from services.recommendation.engine.measuring import Measured
from services.recommendation.engine.model import Model, Part
from services.recommendation.engine.training import Plays
from services.recommendation.repository import models, trainings
from services.recommendation.service import in_use
from services.recommendation.service.in_use import folder, key

# Of fewer nothing can be learned, and nothing measured.
LEAST_VIEWERS = 20
LEAST_TITLES = 10
BATCH = 500
# Models that are kept beside those that were chosen: the last few, to look at and to compare with.
KEPT = 5
CHOSEN_KEPT = 5

Verdict = Literal["better", "no_better_than_popularity", "worse_than_in_use", "not_compared", "not_measured"]
Score = Callable[[Plays, slice], NDArray[np.float32]]


class AtWork(RuntimeError):
    """Somebody else trains at this moment."""


class TooLittle(ValueError):
    """There are not enough plays to learn from yet."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How well rankings foretell what was watched: by order or by time, of the same viewers."""

    split: str
    rankings: dict[str, Measured]
    rival: bool = False  # there is a model in use

    def over(self, other: str) -> tuple[float, float]:
        """By how much the new model is better than another ranking, between what and what with 95 % confidence."""
        return measuring.interval(self.rankings["new"].ndcg, self.rankings[other].ndcg)

    @property
    def verdict(self) -> Verdict:
        """Whether the new model is worth choosing: better than popularity, and no worse than the one in use, beyond chance.

        Where there is one in use and too few watched anything since it was made, nobody can say which is better.
        """
        if not len(self.rankings["new"].ndcg):
            return "not_measured"
        if self.over("popularity")[0] <= 0:
            return "no_better_than_popularity"
        if not self.rival:
            return "better"
        if "in use" not in self.rankings:
            return "not_compared"
        return "worse_than_in_use" if self.over("in use")[1] < 0 else "better"

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


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training."""

    version: str
    chosen: bool
    card: dict[str, Any]


class Training:
    """Use cases around models. It needs much memory and time, and is for a process of its own."""

    def __init__(self, db: Database, store: ObjectStore, clock: Clock) -> None:
        self._db, self._store, self._clock = db, store, clock

    async def evaluate(self, months: int = 0) -> Compared:
        """Compare without keeping anything, or train anew for each of the last months. Raises `TooLittle`."""
        plays, titles = await self._plays()
        if months:
            return await asyncio.to_thread(rolled, plays, titles, self._clock.now(), months)
        return await asyncio.to_thread(compared, plays, titles, self._clock.now(), await self._in_use())

    async def train(self, *, anyway: bool = False) -> Trained:
        """Train on everything, keep the model, and choose it where it is better, or `anyway`. Raises `TooLittle`, `AtWork`."""
        async with trainings.alone(self._db, "training") as alone:
            if not alone:
                raise AtWork("Another training is under way. Try again when it has ended.")
            return await self._train(anyway=anyway)

    async def _train(self, *, anyway: bool) -> Trained:
        plays, titles = await self._plays()
        now = self._clock.now()
        comparison = await asyncio.to_thread(compared, plays, titles, now, await self._in_use())
        version = f"{now:%Y%m%dT%H%M%S}-{new_id().hex[-8:]}"
        moment = _moment(plays, now.timestamp())
        model = await asyncio.to_thread(training.train, version, plays, titles, now=moment)
        data = await asyncio.to_thread(artefact.packed, model)
        card = {
            "version": version, "made_at": now.isoformat(), "plays": len(plays.titles), "viewers": plays.size,
            "titles": len(titles), "evaluation": comparison.told(), "sha256": artefact.digest(data),
            "parts": dict(zip((part.name for part in model.parts), model.told.round(4).tolist(), strict=False)),
        }  # fmt: skip
        # The card goes last: what has one is whole.
        await self._store.put_bytes(key(version), data)
        await self._store.put_bytes(
            key(version).replace("model.npz", "card.json"), orjson.dumps(card), "application/json"
        )
        chosen = comparison.verdict == "better" or anyway
        async with self._db.transaction() as session:
            await models.add(session, version, artefact.digest(data), card, now)
            if chosen:
                await models.choose(session, version)
        await self._tidy()
        return Trained(version, chosen, card)

    async def _tidy(self) -> None:
        """Delete old models. Where the store is away by now, their rows stay too, for the next training."""
        with suppress(StoreAway):
            async with self._db.transaction() as session:
                for version in await models.drop_old(session, KEPT, CHOSEN_KEPT):
                    await self._store.delete_prefix(folder(version))

    async def choose(self, version: str) -> bool:
        """Answer with this model from now on; False where there is none of this name.

        Raises `BrokenModel` or `NoSuchObject` where it cannot be read, and `StoreAway`; nothing is changed then.
        """
        rows = {row["version"]: row for row in await models.every(self._db)}
        if version not in rows:
            return False
        await in_use.read(self._store, version, rows[version]["digest"])
        async with self._db.transaction() as session:
            await models.choose(session, version)
        return True

    async def go_back(self) -> str | None:
        """Answer with the model before; return the version that was left, None where there is no other."""
        async with self._db.transaction() as session:
            return await models.go_back(session)

    async def _plays(self) -> tuple[Plays, list[UUID]]:
        # Numbers from the start: there may be hundreds of millions.
        viewers, numbers, times = array("q"), array("q"), array("d")
        profiles: dict[UUID, int] = {}
        known: dict[UUID, int] = {}
        async for row in models.plays(self._db):
            viewers.append(profiles.setdefault(row["profile_id"], len(profiles)))
            numbers.append(known.setdefault(row["title_id"], len(known)))
            times.append(row["at"])
        counts = np.bincount(np.asarray(numbers, np.int64), minlength=len(known))
        titles = sorted(sorted(known, key=lambda each: (-counts[known[each]], each))[: training.MOST_TITLES])
        places = np.full(len(known), -1, np.int64)
        places[[known[title_id] for title_id in titles]] = np.arange(len(titles))
        of_play = places[np.asarray(numbers, np.int64)]
        kept = of_play >= 0
        plays = Plays.of(
            np.asarray(viewers, np.int64)[kept], of_play[kept], np.asarray(times, np.float64)[kept], len(titles)
        )
        several = int((np.bincount(plays.viewers) > 1).sum())
        if several < LEAST_VIEWERS or len(titles) < LEAST_TITLES:
            raise TooLittle(
                f"There is too little to learn from: {several} profiles that watched two titles or more, of "
                f"{LEAST_VIEWERS}, and {len(titles)} titles, of {LEAST_TITLES}."
            )
        return plays, titles

    async def _in_use(self) -> tuple[Model, datetime] | None:
        """The model that answers: the one chosen last that can be read."""
        for row in await models.chosen(self._db):
            with suppress(NoSuchObject, artefact.BrokenModel):  # one that cannot be read is no rival
                model = await in_use.read(self._store, row["version"], row["digest"])
                return model, datetime.fromisoformat(row["card"]["made_at"])
        return None


def compared(plays: Plays, titles: Sequence[UUID], now: datetime, rival: tuple[Model, datetime] | None) -> Compared:
    """Train on what was watched before a moment and rank what was watched from then on; by order alone where time is short.

    The moment is when the model in use was made, so that neither has seen what is to be foretold, or four weeks ago.
    """
    splits = [] if rival is None else [(f"since {rival[1]:%Y-%m-%d}", rival[1].timestamp())]
    splits += [("the last 28 days", now.timestamp() - training.RECENT)]
    apart = ((split, at, *training.since(plays, at)) for split, at in splits)
    enough = (each for each in apart if int((each[3].getnnz(axis=1) > 0).sum()) >= LEAST_VIEWERS)
    by_order = ("everybody's last play", None, *training.without_last(plays))
    split, at, known, wanted = next(enough, by_order)
    model = training.train("candidate", known, titles, now=None if at is None else _moment(known, at))
    popular = replace(model, told=np.eye(1, len(model.told), len(model.told) - 1, dtype=np.float32)[0])
    rankings = {"new": of_model(model), "popularity": of_model(popular)}
    if rival is not None and split.startswith("since"):
        rankings["in use"] = of_model(_over(rival[0], titles))
    return Compared(
        split, {each: measured(known, wanted, score) for each, score in rankings.items()}, rival=rival is not None
    )


def rolled(plays: Plays, titles: Sequence[UUID], now: datetime, months: int) -> Compared:
    """Train at the beginning of each of the last months (28 days), rank what was watched in it, and put all viewers together.

    Months before anything was known of enough viewers are left out; raises `TooLittle` where that are all.
    """
    found: dict[str, list[Measured]] = {}
    windows = 0
    for month in range(months, 0, -1):
        at = now.timestamp() - month * training.RECENT
        until = training.since(plays, at + training.RECENT)[0]
        known, wanted = training.since(until, at)
        if int((wanted.getnnz(axis=1) > 0).sum()) < LEAST_VIEWERS:
            continue
        windows += 1
        model = training.train("candidate", known, titles, now=_moment(known, at))
        popular = replace(model, told=np.eye(1, len(model.told), len(model.told) - 1, dtype=np.float32)[0])
        for name, each in (("new", model), ("popularity", popular)):
            found.setdefault(name, []).append(measured(known, wanted, of_model(each)))
    if not windows:
        raise TooLittle(
            f"In none of the last {months} months did {LEAST_VIEWERS} profiles of before watch anything new."
        )
    told = f"{windows} of the last {months} months, trained anew for each"
    return Compared(told, {name: measuring.pooled(each) for name, each in found.items()})


def measured(known: Plays, wanted: sparse.csr_matrix, score: Score) -> Measured:
    """What a ranking puts first, against what was watched, of those who watched anything new."""
    ranked, relevant = [], []
    for start in range(0, known.size, BATCH):
        viewers = slice(start, min(start + BATCH, known.size))
        right = (wanted[viewers].toarray() > 0) & (training.seen(known, viewers).toarray() == 0)
        there = right.any(axis=1)
        ranked.append(measuring.best(score(known, viewers)[there]))
        relevant.append(right[there])
    share = np.bincount(known.titles, minlength=known.number) / max(len(known.titles), 1)
    return measuring.measured(np.concatenate(ranked), np.concatenate(relevant), share)


def of_model(model: Model) -> Score:
    """Rank by all that a model knows."""
    return lambda known, viewers: training.scored(known, model, viewers)


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
        parts.append(Part(part.name, part.decay, part.longest, part.chances, links, weights))
    return Model(model.version, tuple(titles), shares, tuple(parts), model.told)


def _moment(plays: Plays, now: float) -> float | None:
    """Now, where times tell something: enough viewers of before the last four weeks watched something in them."""
    _, wanted = training.since(plays, now - training.RECENT)
    return now if int((wanted.getnnz(axis=1) > 0).sum()) >= LEAST_VIEWERS else None
