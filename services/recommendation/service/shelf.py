"""All that answers stand on, in this process's memory: the catalogue, what is watched most, and the model in use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np

from libs.chassis import telemetry
from libs.chassis.components import Loop, NotWorking
from libs.chassis.data.database import Database
from libs.chassis.object_store import NoSuchObject, ObjectStore, StoreAway
from libs.chassis.problems import Unavailable
from services.recommendation.engine import artefact
from services.recommendation.engine.catalogue import Catalogue
from services.recommendation.engine.model import Model
from services.recommendation.engine.ranking import Ranker, Scores
from services.recommendation.repository import changes, models, tastes
from services.recommendation.service.popularity import Popularity

log = telemetry.logger(__name__)

PRIVATE = ("recommendation",)
BATCH = 1_000
# News comes by NOTIFY; this is for what was told while the connection was being made.
LOOK_AGAIN_SECONDS = 5.0
# A model that could not be read is tried again after so long: the store may only be away.
TRY_AGAIN_SECONDS = 30.0


class NotReady(Unavailable):
    """Recommendations are being prepared. Please try again in a moment."""

    code = "recommendations_not_ready"


@dataclass(frozen=True, slots=True)
class View:
    """Everything as it is at one moment. `popular`: a number for each place of the catalogue; `most`: titles by region."""

    ranker: Ranker
    popular: Scores
    most: Mapping[str, Sequence[UUID]] = field(default_factory=dict)

    @property
    def catalogue(self) -> Catalogue:
        """The titles."""
        return self.ranker.catalogue

    @property
    def version(self) -> str | None:
        """Which model answers; None where titles are compared by what they are about alone."""
        return self.ranker.model.version if self.ranker.model else None


def key(version: str) -> str:
    """Where a model lies in the object store."""
    return f"{folder(version)}model.npz"


def folder(version: str) -> str:
    """Where all that belongs to a model lies in the object store."""
    return f"recommendation/{version}/"


class Shelf(Loop):
    """A component: follows the database and hands out views. It answers from the first complete one on."""

    name = "shelf"
    required = True
    every = 0.0

    def __init__(self, db: Database, store: ObjectStore, popularity: Popularity) -> None:
        super().__init__()
        self._db, self._store, self.popularity = db, store, popularity
        self._entries: dict[UUID, Mapping[str, Any]] = {}
        self._position = 0
        # Whether the catalogue is older than the entries.
        self._behind = False
        self._catalogue = Catalogue()
        self._model: Model | None = None
        self._refused: tuple[str, float] | None = None
        self._view: View | None = None
        self._made_of: tuple[Any, ...] = ()
        self._news = asyncio.Event()
        # One look at a time: each goes on from where the one before ended.
        self.looking = asyncio.Lock()

    @property
    def view(self) -> View:
        """What to answer from. Raises `NotReady` until the catalogue has been read for the first time."""
        if self._view is None:
            raise NotReady(retry_after=2)
        return self._view

    @property
    def position(self) -> int:
        """The number of the newest change that answers know of."""
        return self._position

    async def check(self) -> None:
        await super().check()
        if self._view is None:
            raise NotWorking("degraded: the catalogue is being read")

    async def work(self) -> None:
        """Follow the database until the connection that tells of changes is lost."""
        connection = await self._db.direct()
        try:
            connection.add_termination_listener(lambda *_: self._news.set())
            await connection.add_listener(changes.CHANNEL, lambda *_: self._news.set())
            while not connection.is_closed():
                self._news.clear()
                async with self.looking:
                    await self.look()
                self.well()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), LOOK_AGAIN_SECONDS)
            raise ConnectionError("the connection that tells of changes was lost")
        finally:
            connection.terminate()

    async def look(self) -> None:
        """Take in what changed, and make a new view where anything did. What one look cannot do the next one does."""
        await self._follow()
        if self._behind:
            self._catalogue = await asyncio.to_thread(Catalogue, list(self._entries.items()))
            self._behind = False
        await self._exchange()
        most = {
            row["region"]: [UUID(each["title_id"]) for each in row["titles"]] for row in await tastes.trending(self._db)
        }
        before, made_of = self._view, (self._catalogue, self._model, self.popularity.counts)
        if before is None or not _same(made_of, self._made_of) or most != before.most:
            ranker = (
                before.ranker
                if before is not None and _same(made_of[:2], self._made_of[:2])
                else await asyncio.to_thread(Ranker, self._catalogue, self._model)
            )
            self._view, self._made_of = View(ranker, self._popular(made_of[2]), most), made_of

    async def _follow(self) -> None:
        while rows := await changes.after(self._db, self._position, BATCH):
            self._behind = True
            for row in rows:
                if row["status"] == "published":
                    self._entries[row["title_id"]] = row["entry"]
                else:
                    self._entries.pop(row["title_id"], None)
                self._position = row["seq"]

    def _popular(self, counts: Mapping[UUID, float]) -> Scores:
        ordered = (counts.get(title_id, 0.0) for title_id in self._catalogue.ids)
        found: Scores = np.log1p(np.fromiter(ordered, np.float64, len(self._catalogue)))
        return found

    async def _exchange(self) -> None:
        """Take the model that is to be in use; one that cannot be read leaves the one before where it is."""
        wanted = await models.in_use(self._db)
        version = wanted["version"] if wanted else None
        if version == (self._model.version if self._model else None):
            return
        if version is None:
            self._model = None
            return
        if self._refused and self._refused[0] == version and time.monotonic() < self._refused[1]:
            return
        try:
            data = await self._store.get_bytes(key(version))
            model = await asyncio.to_thread(artefact.unpacked, data, wanted["digest"])
            if model.version != version:
                raise artefact.BrokenModel(f"it calls itself {model.version}")
        except (artefact.BrokenModel, NoSuchObject, StoreAway, OSError) as error:
            if self._refused is None or self._refused[0] != version:
                then = self._model.version if self._model else "what titles are about"
                log.error("model_refused", version=version, reason=f"{type(error).__name__}: {error}", still_used=then)
            self._refused = (version, time.monotonic() + TRY_AGAIN_SECONDS)
            return
        log.info("model_in_use", version=version)
        self._model, self._refused = model, None


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether both are the very same objects."""
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))
