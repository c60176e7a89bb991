"""Bytes on their way into an upload: gathered into parts, stored, and only then counted, by whoever holds the claim."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import time
from collections.abc import AsyncIterator
from uuid import UUID

from libs.chassis.problems import BadRequest, Locked, Problem, TooLarge
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.uploads import CLAIM, StoredPart, Upload, Uploads
from pipelines.transcode.service.masters import PART, Masters

ALGORITHMS = ("sha1", "sha256")
RENEW_SECONDS = CLAIM.total_seconds() / 4


class UploadLocked(Locked):
    """This upload is being written to by another connection. Wait a moment, then ask for its offset and go on."""

    code = "upload_locked"


class UploadOverrun(TooLarge):
    """More bytes came than the upload was announced with. Start a new upload with the right length."""

    code = "upload_overrun"


class BadChecksum(BadRequest):
    """Upload-Checksum must be sha1 or sha256, a space, and the digest of the body in base64."""

    code = "bad_upload_checksum"


class ChecksumMismatch(Problem):
    """What arrived is not what was sent: its checksum differs, so it was thrown away. Send it again."""

    status = 460
    code = "upload_checksum_mismatch"
    retryable = True


class Checksum:
    """What the sender says the body adds up to."""

    def __init__(self, header: str) -> None:
        algorithm, _, value = header.partition(" ")
        try:
            self._wanted = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise BadChecksum from None
        if algorithm not in ALGORITHMS or len(self._wanted) != hashlib.new(algorithm).digest_size:
            raise BadChecksum
        self._found = hashlib.new(algorithm)

    def update(self, piece: bytes) -> None:
        """Count more of the body."""
        self._found.update(piece)

    def holds(self) -> bool:
        """Say whether the whole body was as announced."""
        return self._found.digest() == self._wanted


class Receiver:
    """Takes one body into one upload. The last byte, the asset and its job are one commit."""

    def __init__(self, uploads: Uploads, assets: Assets, masters: Masters, upload: Upload, claim: UUID) -> None:
        self._uploads = uploads
        self._assets = assets
        self._masters = masters
        self._claim = claim
        self._gathered: list[bytes] = []
        self._size = 0
        self._waiting: list[StoredPart] = []
        self._at = upload.received
        self._renewed = time.monotonic()
        self.upload = upload

    async def take(self, pieces: AsyncIterator[bytes], idle: float, checksum: Checksum | None) -> None:
        """Take a body until it ends, the sender is silent for `idle` seconds, or it is more than was announced.

        With a checksum all of it counts, or nothing.
        """
        try:
            try:
                await self._gather(pieces, idle, checksum)
            except (UploadOverrun, asyncio.CancelledError):
                if checksum is None:
                    await self._store()
                raise
            await self._store(count=checksum is None)
            if checksum is not None:
                if not checksum.holds():
                    raise ChecksumMismatch
                await self._count()
        finally:
            dropped, self._waiting = self._waiting, []
            await self._masters.drop(dropped)

    async def _gather(self, pieces: AsyncIterator[bytes], idle: float, checksum: Checksum | None) -> None:
        iterator = aiter(pieces)
        while True:
            try:
                piece = await asyncio.wait_for(anext(iterator), idle)
            except (StopAsyncIteration, TimeoutError):
                return
            if self._at + self._size + len(piece) > self.upload.length:
                raise UploadOverrun(length=self.upload.length)
            if checksum is not None:
                checksum.update(piece)
            self._gathered.append(piece)
            self._size += len(piece)
            if self._size >= PART:
                await self._store(count=checksum is None)
            if time.monotonic() - self._renewed > RENEW_SECONDS:
                await self._renew()

    async def _renew(self) -> None:
        self._renewed = time.monotonic()
        if not await self._uploads.renew(self.upload.id, self._claim):
            raise UploadLocked(retry_after=1)

    async def _store(self, *, count: bool = True) -> None:
        if self._gathered:
            data = b"".join(self._gathered)
            self._gathered, self._size = [], 0
            self._waiting.append(await self._masters.put(self.upload.id, self._at, data))
            self._at += len(data)
        if count:
            await self._count()

    async def _count(self) -> None:
        if not self._waiting:
            return
        # Whether a commit that was cut off has happened is not known here: only parts that were refused may be dropped.
        parts, self._waiting = self._waiting, []
        async with self._uploads.transaction() as connection:
            upload = await self._uploads.advance(connection, self.upload.id, self._claim, parts)
            if upload is None:
                self._waiting = parts
                raise UploadLocked(retry_after=1)
            if upload.whole:
                await self._assets.complete(connection, upload)
        self.upload = upload
        self._renewed = time.monotonic()
