"""Deletes what pictures have left behind in the object store: those that were replaced, removed, or never came to be."""

from __future__ import annotations

from datetime import timedelta

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.object_store import ObjectStore
from services.catalog.repository import loose

log = telemetry.logger(__name__)

# An upload takes less.
KEEP = timedelta(days=1)
BATCH = 100
# Until what somebody took and did not finish is taken by another: longer than a batch takes with a store that hangs.
LEASE = timedelta(hours=1)
# One object that cannot be deleted is no reason to leave the others; several in a row mean that the store is away.
IN_A_ROW = 3
AGAIN = timedelta(minutes=1)


class Sweeping(Loop):
    """A component: a batch at a time, however many replicas look; what one that was killed had in hand comes again."""

    name = "sweeping"
    every = 60.0

    def __init__(self, db: Database, store: ObjectStore) -> None:
        super().__init__()
        self._db = db
        self._store = store

    async def work(self) -> None:
        while await self._batch():
            pass

    async def _batch(self) -> bool:
        """Delete a batch; say whether there may be more."""
        async with self._db.background() as session:
            keys = await loose.take(session, BATCH, LEASE)
            used = await loose.named(session, keys)
            await loose.forget(session, used)
        loose_now = [key for key in keys if key not in used]
        gone: list[str] = []
        failed: dict[str, str] = {}
        in_a_row = 0
        while loose_now and in_a_row < IN_A_ROW:
            key = loose_now.pop(0)
            try:
                await self._store.delete_prefix(key)
            except Exception as error:
                in_a_row += 1
                failed[key] = f"{type(error).__name__}: {error}"
            else:
                in_a_row = 0
                gone.append(key)
        if failed:
            key, reason = next(iter(failed.items()))
            log.warning("objects_not_swept", objects=len(failed) + len(loose_now), first=key, reason=reason)
        if gone or loose_now:
            async with self._db.background() as session:
                await loose.swept(session, gone)
                await loose.release(session, loose_now, AGAIN)
        if gone:
            log.info("objects_swept", objects=len(gone))
        return len(keys) == BATCH and not loose_now
