"""The model to answer with, read from the object store apart from all else: no answer and no change of a title waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.object_store import ObjectStore, StoreAway
from services.recommendation.engine import artefact
from services.recommendation.engine.model import Model
from services.recommendation.repository import models

log = telemetry.logger(__name__)

PRIVATE = ("recommendation",)
# A store that takes longer for a file is away.
READ_SECONDS = 60.0
# A model that could not be read is tried again after so long: the store may only be away.
TRY_AGAIN_SECONDS = 30.0


def key(version: str) -> str:
    """Where a model lies in the object store."""
    return f"{folder(version)}model.npz"


def folder(version: str) -> str:
    """Where all that belongs to a model lies in the object store."""
    return f"recommendation/{version}/"


async def read(store: ObjectStore, version: str, digest: str) -> Model:
    """A model as it was stored. Raises `BrokenModel`, or what the store raises where it has none or is away."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            data = await store.get_bytes(key(version))
    except TimeoutError as error:
        raise StoreAway(f"The object store gave no model within {READ_SECONDS:.0f} s.") from error
    model = await asyncio.to_thread(artefact.unpacked, data, digest)
    if model.version != version:
        raise artefact.BrokenModel(f"it calls itself {model.version}")
    return model


class InUse(Loop):
    """A component: `model` is the one chosen last that can be read, None while there is none."""

    name = "model"
    every = 5.0

    def __init__(self, db: Database, store: ObjectStore) -> None:
        super().__init__()
        self._db, self._store = db, store
        # Until when each version that could not be read is not tried again.
        self._refused: dict[str, float] = {}
        self.model: Model | None = None
        # Called after each exchange.
        self.changed: Callable[[], None] = lambda: None

    async def work(self) -> None:
        """Take the model chosen last, or of those chosen before it the first that can be read.

        Where none of them can, the one in memory goes on.
        """
        chosen = await models.chosen(self._db)
        self._refused = {
            version: until for version, until in self._refused.items() if version in {c["version"] for c in chosen}
        }
        for row in chosen:
            if self.model is not None and row["version"] == self.model.version:
                return
            if time.monotonic() >= self._refused.get(row["version"], 0.0) and (model := await self._read(row)):
                log.info("model_in_use", version=model.version)
                self._take(model)
                return
        if not chosen and self.model is not None:
            self._take(None)

    async def _read(self, row: Any) -> Model | None:
        version = row["version"]
        try:
            return await read(self._store, version, row["digest"])
        except Exception as error:  # whatever is wrong with a file or a store: another model may do
            if version not in self._refused:
                reason = f"{type(error).__name__}: {error}"
                log.error("model_refused", version=version, reason=reason, still_used=self.model and self.model.version)
            self._refused[version] = time.monotonic() + TRY_AGAIN_SECONDS
            return None

    def _take(self, model: Model | None) -> None:
        self.model = model
        self.changed()
