"""A model from what profiles watched: trained, held against popularity and the model in use, kept, and chosen if it is better."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from scipy import sparse

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.object_store import NoSuchObject, ObjectStore, StoreAway
from services.recommendation.engine import artefact, training
from services.recommendation.engine.model import Model
from services.recommendation.engine.plays import Plays
from services.recommendation.engine.training import Sequences
from services.recommendation.repository import models, trainings
from services.recommendation.service import in_use
from services.recommendation.service.comparing import (
    LEAST_TITLES,
    LEAST_VIEWERS,
    Compared,
    TooLittle,
    compared,
    moment,
    rolled,
)
from services.recommendation.service.in_use import folder, key

# Models that are kept beside those that were chosen: the last few, to look at and to compare with.
KEPT = 5
CHOSEN_KEPT = 5


class AtWork(RuntimeError):
    """Somebody else trains at this moment."""


# Profile, title and Unix seconds of each first play, in the order of profiles and times.
Play = tuple[UUID, UUID, float]
# Where plays are read that are not this service's own: of these people, since when; and of these titles of theirs, since when, by
# profile and title.
Source = Callable[[Mapping[UUID, datetime | None], Mapping[tuple[UUID, UUID], datetime]], Iterable[Play]]


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training."""

    version: str
    chosen: bool
    card: dict[str, Any]


class Training:
    """Use cases around models. It needs much memory and time, and is for a process of its own."""

    def __init__(self, db: Database, store: ObjectStore, clock: Clock, source: Source | None = None) -> None:
        """`source`: another place to read plays from than this service's own, which has the same of who may be learned from."""
        self._db, self._store, self._clock, self._source = db, store, clock, source

    async def evaluate(self, months: int = 0) -> Compared:
        """Compare without keeping anything, or train anew for each of the last months. Raises `TooLittle`."""
        plays, titles = await self._plays()
        genres, rival, now = await self._genres(titles), await self._in_use(), self._clock.now()
        if months:
            return await asyncio.to_thread(rolled, plays, titles, now, months, rival, genres)
        return await asyncio.to_thread(compared, plays, titles, now, rival, None, genres)

    async def train(self, *, anyway: bool = False, sequences: Sequences | None = None) -> Trained:
        """Train on everything, keep the model, and choose it where it is better, or `anyway`. Raises `TooLittle`, `AtWork`.

        With `sequences` it has a sequence model too, where that makes it better beyond chance.
        """
        async with trainings.alone(self._db, "training") as alone:
            if not alone:
                raise AtWork("Another training is under way. Try again when it has ended.")
            return await self._train(anyway, sequences)

    async def _train(self, anyway: bool, sequences: Sequences | None) -> Trained:
        plays, titles = await self._plays()
        now = self._clock.now()
        rival, genres = await self._in_use(), await self._genres(titles)
        comparison = await asyncio.to_thread(compared, plays, titles, now, rival, sequences, genres)
        version = f"{now:%Y%m%dT%H%M%S}-{new_id().hex[-8:]}"
        kept = sequences if comparison.sequence_helps else None
        model = await asyncio.to_thread(
            training.train, version, plays, titles, now=moment(plays, now.timestamp()), sequences=kept
        )
        data = await asyncio.to_thread(artefact.packed, model)
        card = {
            "version": version, "made_at": now.isoformat(), "plays": len(plays.titles), "viewers": plays.size,
            "titles": len(titles), "evaluation": comparison.told(), "sha256": artefact.digest(data),
            "parts": dict(zip((part.name for part in model.parts), model.weights.round(4).tolist(), strict=False)),
            "sequence": None if model.following is None else round(float(model.following.told[-1]), 4),
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

    async def _read(self) -> AsyncIterator[Play]:
        if self._source is None:
            async for row in models.plays(self._db):
                yield row["profile_id"], row["title_id"], row["at"]
            return
        # Nothing else goes on in a process that trains.
        for play in self._source(await models.agreed(self._db), await models.hidden(self._db)):
            yield play

    async def _plays(self) -> tuple[Plays, list[UUID]]:
        # Numbers from the start: there may be hundreds of millions.
        viewers, numbers, times = array("q"), array("q"), array("d")
        profiles: dict[UUID, int] = {}
        known: dict[UUID, int] = {}
        async for profile_id, title_id, at in self._read():
            viewers.append(profiles.setdefault(profile_id, len(profiles)))
            numbers.append(known.setdefault(title_id, len(known)))
            times.append(at)
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

    async def _genres(self, titles: Sequence[UUID]) -> sparse.csr_matrix:
        """Titles × genres, of ones; nothing for titles of which none is known."""
        told = await models.genres(self._db, titles)
        numbers = {
            name: number for number, name in enumerate(sorted({each for names in told.values() for each in names}))
        }
        pairs = [(row, numbers[name]) for row, title_id in enumerate(titles) for name in told.get(title_id, ())]
        rows, columns = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
        return sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), (len(titles), max(len(numbers), 1)))

    async def _in_use(self) -> tuple[Model, datetime] | None:
        """The model that answers: the one chosen last that can be read."""
        for row in await models.chosen(self._db):
            with suppress(NoSuchObject, artefact.BrokenModel):  # one that cannot be read is no rival
                model = await in_use.read(self._store, row["version"], row["digest"])
                return model, datetime.fromisoformat(row["card"]["made_at"])
        return None
