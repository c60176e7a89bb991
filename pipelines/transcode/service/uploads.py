"""Use cases of uploading: begin, append at an exact offset, join parts, finish into a queued asset, give up."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, Forbidden, Invalid, NotFound, TooLarge, TooMany, Unavailable
from libs.contracts.token import SUPER_ADMIN, Principal
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.uploads import Upload, Uploads
from pipelines.transcode.service.masters import Masters
from pipelines.transcode.service.receiving import Checksum, Receiver, UploadLocked, UploadOverrun

RESERVE = 256 * 1024**2
AT_ONCE = 16
PARTIAL = "partial"


class UploadNotFound(NotFound):
    """There is no such upload. Start a new one."""

    code = "upload_not_found"


class OffsetMismatch(Conflict):
    """The upload is not at that offset. Ask for its offset and go on from there."""

    code = "offset_mismatch"


class UploadEmpty(Invalid):
    """This file is empty, so there is no film in it. Choose another file."""

    code = "upload_empty"


class UploadTooLarge(TooLarge):
    """This file is larger than is accepted here. Export it smaller and upload it again."""

    code = "upload_too_large"


class QuotaExceeded(TooLarge):
    """Your unfinished uploads take all the space you have. Finish or delete one, then start this one again."""

    code = "upload_quota_exceeded"


class TooManyUploads(TooMany):
    """You have as many unfinished uploads as one account may. Finish or delete some, then start this one again."""

    code = "too_many_uploads"
    retryable = False


class UploadsBusy(Unavailable):
    """As many uploads are coming in as this server takes at once. Yours goes on from its offset in a moment."""

    code = "uploads_busy"


class UploadMoving(Unavailable):
    """What has arrived of this upload is being moved to where it can go on. Try again in a moment."""

    code = "upload_moving"


class UploadFinished(Conflict):
    """This upload is complete and is being encoded. Cancel the encoding instead."""

    code = "upload_finished"


class UploadJoined(Forbidden):
    """This upload is put together from others, so nothing can be added to it."""

    code = "upload_joined"


class PartialsMissing(Conflict):
    """Not every part that was named is there, whole and unused. Upload what is missing, then join them again."""

    code = "upload_parts_missing"


@dataclass(frozen=True)
class Limits:
    """What uploads may take: bytes of one, bytes and number of an account's unfinished ones, seconds of silence."""

    largest: int
    quota: int
    most: int
    idle: float


@dataclass(frozen=True)
class Film:
    """What the sender says of a file; `metadata` is the header it came in."""

    playable_id: UUID | None
    filename: str
    label_rungs: bool
    metadata: str


class UploadService:
    """What staff do with uploads. `on_ended` is told of every upload that became an asset or was given up."""

    def __init__(
        self, uploads: Uploads, assets: Assets, masters: Masters, limits: Limits, on_ended: Callable[[], None]
    ) -> None:
        self._uploads = uploads
        self._assets = assets
        self._masters = masters
        self._on_ended = on_ended
        self._coming = 0
        self.limits = limits

    async def create(self, who: Principal, film: Film, length: int, *, partial: bool = False) -> Upload:
        """Begin an upload of `length` bytes; a partial one becomes a film only when it is joined with others."""
        if length == 0 and not partial:
            raise UploadEmpty
        self._fits(length)
        await self._masters.require_room(length, RESERVE)
        upload = _row(who, film, length, PARTIAL if partial else None)
        match await self._uploads.create(upload, quota=self.limits.quota, most=self.limits.most):
            case "quota":
                raise QuotaExceeded(quota_bytes=self.limits.quota)
            case "number":
                raise TooManyUploads(most=self.limits.most)
            case "created":
                return upload

    async def get(self, who: Principal, upload_id: UUID) -> Upload:
        """Return one's own upload, or anyone's to a super admin."""
        return _own(who, await self._uploads.get(upload_id))

    async def append(
        self,
        who: Principal,
        upload_id: UUID,
        offset: int,
        announced: int | None,
        pieces: AsyncIterator[bytes],
        checksum: Checksum | None = None,
    ) -> Upload:
        """Append what arrives at `offset`; what has arrived is kept when the sender goes away.

        `announced` is the body's Content-Length where there is one. Returns the upload with its new offset.
        """
        upload = await self.get(who, upload_id)
        if upload.concat is not None and upload.concat != PARTIAL:
            raise UploadJoined
        if upload.spooled:
            raise UploadMoving(retry_after=2)
        if upload.state != "receiving":
            _at(upload, offset, announced)
            return upload
        if self._coming >= AT_ONCE:
            raise UploadsBusy(retry_after=2)
        self._coming += 1
        try:
            return await self._append(upload_id, offset, announced, pieces, checksum)
        finally:
            self._coming -= 1

    async def _append(
        self,
        upload_id: UUID,
        offset: int,
        announced: int | None,
        pieces: AsyncIterator[bytes],
        checksum: Checksum | None,
    ) -> Upload:
        token = new_id()
        claimed = await self._uploads.claim(upload_id, token)
        if claimed is None:
            raise UploadLocked(retry_after=1)
        try:
            _at(claimed, offset, announced)
            receiver = Receiver(self._uploads, self._assets, self._masters, claimed, token)
            await receiver.take(pieces, self.limits.idle, checksum)
        finally:
            await self._uploads.release(upload_id, token)
        if receiver.upload.whole:
            self._on_ended()
        return receiver.upload

    async def join(self, who: Principal, film: Film, concat: str, partials: Sequence[UUID]) -> Upload:
        """Make one film of whole partial uploads, in this order; the same request again returns the same film."""
        async with self._uploads.transaction() as connection:
            found = [_own(who, upload) for upload in await self._uploads.hold(connection, partials)]
            final = found[0].joined_into if found else None
            if final is not None and len(found) == len(partials):
                return await self._joined_before(who, final, concat)
            if (
                len(found) != len(set(partials))
                or not all(
                    upload.concat == PARTIAL and upload.state == "receiving" and upload.received == upload.length
                    for upload in found
                )
                or any(upload.spooled for upload in found)
            ):
                raise PartialsMissing
            length = sum(upload.length for upload in found)
            if length == 0:
                raise UploadEmpty
            self._fits(length)
            upload = replace(_row(who, film, length, concat), received=length)
            await self._uploads.insert(connection, upload)
            await self._uploads.join(connection, upload.id, found)
            await self._assets.complete(connection, upload)
        self._on_ended()
        return await self.get(who, upload.id)

    async def _joined_before(self, who: Principal, final: UUID, concat: str) -> Upload:
        upload = await self.get(who, final)
        if upload.concat != concat:
            raise PartialsMissing
        return upload

    async def delete(self, who: Principal, upload_id: UUID) -> None:
        """Give up an unfinished upload."""
        if not await self._uploads.remove((await self.get(who, upload_id)).id):
            upload = await self.get(who, upload_id)
            if upload.state != "receiving":
                raise UploadFinished
            raise UploadLocked(retry_after=1)
        self._on_ended()

    def _fits(self, length: int) -> None:
        if length > self.limits.largest:
            raise UploadTooLarge(max_bytes=self.limits.largest)


def _row(who: Principal, film: Film, length: int, concat: str | None) -> Upload:
    now = datetime.now(UTC)
    return Upload(
        id=new_id(),
        account_id=who.account_id,
        playable_id=film.playable_id,
        filename=film.filename,
        length=length,
        received=0,
        label_rungs=film.label_rungs,
        asset_id=None,
        state="receiving",
        spooled=False,
        concat=concat,
        joined_into=None,
        metadata=film.metadata,
        created_at=now,
        updated_at=now,
    )


def _at(upload: Upload, offset: int, announced: int | None) -> None:
    if offset != upload.received:
        raise OffsetMismatch(offset=upload.received)
    if announced is not None and offset + announced > upload.length:
        raise UploadOverrun(length=upload.length)


def _own(who: Principal, upload: Upload | None) -> Upload:
    if upload is None or (upload.account_id != who.account_id and SUPER_ADMIN not in who.roles):
        raise UploadNotFound
    return upload
