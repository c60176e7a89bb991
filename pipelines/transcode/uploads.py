"""Use cases of uploading: begin, append at an exact offset, finish into a queued asset, give up."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.auth import SUPER_ADMIN
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Locked, NotFound, TooLarge
from libs.chassis.tokens import Principal
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.uploads import Upload, Uploads
from pipelines.transcode.spool import Spool, StorageFull, Writer

log = telemetry.logger(__name__)

RESERVE = 256 * 1024**2


class UploadNotFound(NotFound):
    """There is no such upload. Start a new one."""

    code = "upload_not_found"


class UploadLocked(Locked):
    """This upload is being written to by another connection. Wait a moment, then ask for its offset and go on."""

    code = "upload_locked"


class OffsetMismatch(Conflict):
    """The upload is not at that offset. Ask for its offset and go on from there."""

    code = "offset_mismatch"


class UploadTooLarge(TooLarge):
    """This file is larger than is accepted here. Export it smaller and upload it again."""

    code = "upload_too_large"


class QuotaExceeded(TooLarge):
    """Your unfinished uploads take all the space you have. Finish or delete one, then start this one again."""

    code = "upload_quota_exceeded"


class UploadOverrun(TooLarge):
    """More bytes came than the upload was announced with. Start a new upload with the right length."""

    code = "upload_overrun"


class UploadFinished(Conflict):
    """This upload is complete and is being encoded. Cancel the encoding instead."""

    code = "upload_finished"


class UploadService:
    """What staff do with uploads. `on_finished` is told of every upload that became an asset."""

    def __init__(
        self,
        uploads: Uploads,
        assets: Assets,
        spool: Spool,
        *,
        largest: int,
        quota: int,
        idle_seconds: float,
        on_finished: Callable[[], None],
    ) -> None:
        self._uploads = uploads
        self._assets = assets
        self._spool = spool
        self.largest = largest
        self._quota = quota
        self._idle = idle_seconds
        self._on_finished = on_finished

    async def create(
        self, who: Principal, playable_id: UUID, filename: str, length: int, *, label_rungs: bool
    ) -> Upload:
        """Begin an upload of `length` bytes."""
        if length > self.largest:
            raise UploadTooLarge(max_bytes=self.largest)
        await self._room_for(length)
        now = datetime.now(UTC)
        upload = Upload(new_id(), who.account_id, playable_id, filename, length, 0, label_rungs, None, None, now)
        if not await self._uploads.create(upload, self._quota):
            raise QuotaExceeded(quota_bytes=self._quota)
        return upload

    async def get(self, who: Principal, upload_id: UUID) -> Upload:
        """Return one's own upload, or anyone's to a super admin."""
        return _own(who, await self._uploads.get(upload_id))

    async def append(
        self, who: Principal, upload_id: UUID, offset: int, announced: int | None, pieces: AsyncIterator[bytes]
    ) -> Upload:
        """Append what arrives at `offset`; what has arrived is kept when the sender goes away.

        `announced` is the body's Content-Length where there is one. Returns the upload with its new offset.
        """
        _own(who, await self._uploads.get(upload_id))
        async with self._uploads.locked(upload_id) as connection:
            if connection is None:
                raise UploadLocked(retry_after=1)
            upload = _own(who, await self._uploads.get(upload_id, connection))
            if offset != upload.received:
                raise OffsetMismatch(offset=upload.received)
            if announced is not None and offset + announced > upload.length:
                raise UploadOverrun(length=upload.length)
            if upload.asset_id is None:

                async def advance(received: int) -> None:
                    await self._uploads.advance(connection, upload_id, received)

                await self._receive(upload, pieces, advance)
                upload = _own(who, await self._uploads.get(upload_id, connection))
                if upload.received == upload.length:
                    await self._assets.complete(connection, upload)
                    self._on_finished()
            return _own(who, await self._uploads.get(upload_id, connection))

    async def _receive(
        self, upload: Upload, pieces: AsyncIterator[bytes], advance: Callable[[int], Awaitable[None]]
    ) -> None:
        writer = Writer(self._spool.path(upload.id), upload.received)
        taken = upload.received
        try:
            await writer.open()
            iterator = aiter(pieces)
            while True:
                try:
                    piece = await asyncio.wait_for(anext(iterator), self._idle)
                except (StopAsyncIteration, TimeoutError):
                    break
                taken += len(piece)
                if taken > upload.length:
                    raise UploadOverrun(length=upload.length)
                if await writer.write(piece):
                    await advance(await writer.sync())
        finally:
            try:
                if writer.synced < taken or writer.written > writer.synced:
                    await advance(min(await writer.sync(), upload.length))
            finally:
                writer.close()

    async def delete(self, who: Principal, upload_id: UUID) -> None:
        """Give up an unfinished upload."""
        _own(who, await self._uploads.get(upload_id))
        async with self._uploads.locked(upload_id) as connection:
            if connection is None:
                raise UploadLocked(retry_after=1)
            upload = _own(who, await self._uploads.get(upload_id, connection))
            if upload.asset_id is not None:
                raise UploadFinished
            await self._uploads.delete(connection, upload_id)
            await self._spool.remove(upload_id)

    async def _room_for(self, length: int) -> None:
        def free() -> int:
            self._spool.folder.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self._spool.folder).free

        if await asyncio.to_thread(free) < length + RESERVE:
            raise StorageFull(retry_after=600)


def _own(who: Principal, upload: Upload | None) -> Upload:
    if upload is None or (upload.account_id != who.account_id and SUPER_ADMIN not in who.roles):
        raise UploadNotFound
    return upload
