"""Moves finished uploads into the object store and removes abandoned ones, in the background and after every restart."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from libs.chassis.objects import ObjectStore
from libs.chassis.parts import Loop
from pipelines.transcode.repository.uploads import Uploads
from pipelines.transcode.spool import Spool

ABANDONED = timedelta(days=7)


def master_key(upload_id: UUID) -> str:
    """Return the object key of an upload's master; never served."""
    return f"masters/{upload_id}"


class Keeper(Loop):
    """A part, woken when an upload has finished. The local file goes only when the object store has the master."""

    name = "keeper"
    every = 30.0

    def __init__(self, uploads: Uploads, spool: Spool, store: ObjectStore) -> None:
        super().__init__()
        self._uploads = uploads
        self._spool = spool
        self._store = store

    async def work(self) -> None:
        await self.sweep()

    async def sweep(self) -> None:
        """Store every master that is on this machine and remove what nobody finished."""
        for upload in await self._uploads.to_store():
            path = self._spool.path(upload.id)
            if not path.is_file():
                continue
            await self._store.put_file(master_key(upload.id), path)
            await self._uploads.stored(upload.id)
            await self._spool.remove(upload.id)
        for upload_id in await self._uploads.abandoned(ABANDONED):
            async with self._uploads.locked(upload_id) as connection:
                if connection is not None:
                    await self._uploads.delete(connection, upload_id)
                    await self._spool.remove(upload_id)
