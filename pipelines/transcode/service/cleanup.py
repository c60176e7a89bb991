"""Finishes what is whole, queues what lost its job, gives up what nobody went on with, and clears away what they leave."""

from __future__ import annotations

import asyncio
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.ids import new_id
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.leftovers import Leftovers
from pipelines.transcode.repository.uploads import State, StoredPart, Upload, Uploads
from pipelines.transcode.service import products
from pipelines.transcode.service.masters import PART, Masters, folder
from pipelines.transcode.service.spool import Spool

log = telemetry.logger(__name__)

MOST = 100


class SpoolDamaged(RuntimeError):
    """A file that an older version left is not whole."""


class Cleanup(Loop):
    """A component; any number may run. Bytes are removed only after a commit that says nobody needs them."""

    name = "cleanup"
    every = 30.0

    def __init__(self, uploads: Uploads, assets: Assets, leftovers: Leftovers, masters: Masters, spool: Spool) -> None:
        super().__init__()
        self._uploads = uploads
        self._assets = assets
        self._leftovers = leftovers
        self._masters = masters
        self._spool = spool

    async def work(self) -> None:
        """Sweep; every upload that ends wakes it."""
        await self.sweep()

    async def sweep(self) -> None:
        """Do all of it once. Raises SpoolDamaged, at the end, for a file that is not what it should be."""
        damaged: SpoolDamaged | None = None
        for upload in await self._leftovers.spooled():
            try:
                await self._adopt(upload)
            except SpoolDamaged as error:
                damaged = error
        for upload_id in await self._uploads.whole():
            await self._complete(upload_id)
        for asset_id in await self._assets.requeue_orphans():
            log.warning("asset_queued_again", asset_id=str(asset_id))
        await self._uploads.expire()
        await self._clear_spool()
        for upload_id, state in await self._leftovers.untidy(MOST):
            await self._tidy(upload_id, state)
        for asset_id, attempt, published in await self._leftovers.ended(MOST):
            await self._clear_runs(asset_id, attempt, published)
        if damaged is not None:
            raise damaged

    async def _adopt(self, upload: Upload) -> None:
        """Bring what an older version left on this machine to the object store, and only then remove it here."""
        path, token = self._spool.path(upload.id), new_id()
        if not path.is_file():
            return
        if path.stat().st_size < upload.received:
            raise SpoolDamaged(f"{path} is shorter than the {upload.received} bytes that were received")
        if await self._uploads.claim(upload.id, token, spooled=True) is None:
            return
        parts: list[StoredPart] = []
        async for data in self._spool.read(upload.id, upload.received, PART):
            parts.append(await self._masters.put(upload.id, parts[-1].start + parts[-1].length if parts else 0, data))
            if not await self._uploads.renew(upload.id, token):
                break
        if sum(part.length for part in parts) != upload.received:
            await self._masters.drop(parts)
            return
        async with self._uploads.transaction() as connection:
            adopted = await self._leftovers.adopted(connection, upload.id, token)
            if adopted:
                await self._uploads.add_parts(connection, upload.id, parts)
        if not adopted:
            await self._masters.drop(parts)
            return
        log.info("upload_adopted", upload_id=str(upload.id), bytes=upload.received)

    async def _complete(self, upload_id: UUID) -> None:
        async with self._uploads.transaction() as connection:
            for upload in await self._uploads.hold(connection, [upload_id]):
                if upload.whole and upload.state == "receiving":
                    asset_id = await self._assets.complete(connection, upload)
                    log.info("upload_completed", upload_id=str(upload_id), asset_id=str(asset_id))

    async def _tidy(self, upload_id: UUID, state: State) -> None:
        keys = await self._masters.store.list(folder(upload_id))
        used = await self._leftovers.used(keys)
        for key in sorted(set(keys) - used):
            await self._masters.store.delete_prefix(key)
        if not used and state == "removed":
            await self._masters.store.delete_prefix(folder(upload_id))
        await self._leftovers.tidied(upload_id)

    async def _clear_runs(self, asset_id: UUID, last: int, published: str | None) -> None:
        """Remove what was kept for a retry, and what attempts that were killed, or lost their asset, had published."""
        await self._leftovers.forget_steps(asset_id)
        await self._masters.store.delete_prefix(products.folder(asset_id))
        for attempt in range(1, last + 1):
            run = f"{asset_id}/r{attempt}"
            if published is None or not published.startswith(f"{run}/"):
                await self._masters.store.delete_prefix(f"media/{run}")
        await self._leftovers.cleared(asset_id, last)

    async def _clear_spool(self) -> None:
        """Remove files of this machine whose bytes are in the object store, or whose upload was given up."""
        here = await asyncio.to_thread(self._spool.ids)
        for upload_id in await self._leftovers.unspooled(here) if here else ():
            await self._spool.remove(upload_id)
