"""Moves finished uploads into the object store and removes abandoned ones, in the background and after every restart."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.objects import ObjectStore
from pipelines.transcode.repository.uploads import Uploads
from pipelines.transcode.spool import Spool

log = telemetry.logger(__name__)

ABANDONED = timedelta(days=7)
EVERY = 30.0


def master_key(upload_id: UUID) -> str:
    """Return the object key of an upload's master; never served."""
    return f"masters/{upload_id}"


class Keeper:
    """A part. The local file goes only when the object store has the master."""

    name = "keeper"
    required = False

    def __init__(self, uploads: Uploads, spool: Spool, store: ObjectStore) -> None:
        self._uploads = uploads
        self._spool = spool
        self._store = store
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._problem = ""

    def wake(self) -> None:
        """Say that an upload has finished."""
        self._wake.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="keeper")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def check(self) -> None:
        if self._problem:
            raise RuntimeError(self._problem)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.sweep()
                self._problem = ""
            except Exception as error:
                self._problem = f"{type(error).__name__}: {error}"
                log.warning("masters_wait", reason=self._problem)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._wake.wait()

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
