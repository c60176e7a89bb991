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
from libs.chassis.clock import Clock
from libs.chassis.components import Loop, NotWorking
from libs.chassis.data.database import Database
from libs.chassis.object_store import NoSuchObject, ObjectStore, StoreAway
from libs.chassis.problems import Unavailable
from services.recommendation.engine import artefact
from services.recommendation.engine.catalogue import Catalogue
from services.recommendation.engine.model import Model
from services.recommendation.engine.ranking import Ranker, Scores
from services.recommendation.repository import changes, models, tastes

log = telemetry.logger(__name__)

PRIVATE = ("recommendation",)
BATCH = 1_000
# News comes by NOTIFY; this is for what was told while the connection was being made.
LOOK_AGAIN_SECONDS = 5.0
COUNT_AGAIN_SECONDS = 300.0
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
    return f"recommendation/{version}/model.npz"


class Shelf(Loop):
    """A component: follows the database and hands out views. It answers from the first complete one on."""

    name = "shelf"
    required = True
    every = 0.0

    def __init__(self, db: Database, store: ObjectStore, clock: Clock) -> None:
        super().__init__()
        self._db, self._store, self._clock = db, store, clock
        self._entries: dict[UUID, Mapping[str, Any]] = {}
        self._position = 0
        self._catalogue = Catalogue()
        self._counts: dict[UUID, float] = {}
        self._counted_at = -COUNT_AGAIN_SECONDS
        self._model: Model | None = None
        self._refused: tuple[str, float] | None = None
        self._view: View | None = None
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
        """Take in what changed, and make a new view where anything did."""
        changed = await self._follow()
        if changed:
            self._catalogue = await asyncio.to_thread(Catalogue, list(self._entries.items()))
        counted = await self._count()
        exchanged = await self._exchange()
        most = {
            row["region"]: [UUID(each["title_id"]) for each in row["titles"]] for row in await tastes.trending(self._db)
        }
        before = self._view
        if before is None or changed or counted or exchanged or most != before.most:
            ranker = (
                before.ranker
                if before is not None and not changed and not exchanged
                else await asyncio.to_thread(Ranker, self._catalogue, self._model)
            )
            self._view = View(ranker, self._popular(), most)

    async def _follow(self) -> bool:
        changed = False
        while rows := await changes.after(self._db, self._position, BATCH):
            for row in rows:
                if row["status"] == "published":
                    self._entries[row["title_id"]] = row["entry"]
                else:
                    self._entries.pop(row["title_id"], None)
                self._position = row["seq"]
            changed = True
        return changed

    async def _count(self) -> bool:
        if time.monotonic() - self._counted_at < COUNT_AGAIN_SECONDS:
            return False
        rows = await tastes.popularity(self._db, self._clock.now())
        self._counts = {row["title_id"]: float(row["viewers"]) for row in rows}
        self._counted_at = time.monotonic()
        return True

    def _popular(self) -> Scores:
        counts = (self._counts.get(title_id, 0.0) for title_id in self._catalogue.ids)
        found: Scores = np.log1p(np.fromiter(counts, np.float64, len(self._catalogue)))
        return found

    async def _exchange(self) -> bool:
        """Take the model that is to be in use; one that cannot be read leaves the one before where it is."""
        wanted = await models.in_use(self._db)
        version = wanted["version"] if wanted else None
        if version == (self._model.version if self._model else None):
            return False
        if version is None:
            self._model = None
            return True
        if self._refused and self._refused[0] == version and time.monotonic() < self._refused[1]:
            return False
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
            return False
        log.info("model_in_use", version=version)
        self._model, self._refused = model, None
        return True
