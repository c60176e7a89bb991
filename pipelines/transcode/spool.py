"""Uploads in progress as files: written at an exact offset, synced before an offset is acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from uuid import UUID

from libs.chassis.problems import Gone, Unavailable

CHECKPOINT = 16 * 1024**2
BUFFER = 1024**2


class UploadLost(Gone):
    """The beginning of this upload is no longer here. Start the upload again."""

    code = "upload_lost"


class StorageFull(Unavailable):
    """There is no space left for this upload. Try again once space has been made."""

    code = "storage_full"


class Spool:
    """The files of one machine's uploads, named by upload id."""

    def __init__(self, work: Path) -> None:
        self.folder = work / "uploads"

    def path(self, upload_id: UUID) -> Path:
        """Return where an upload's bytes are."""
        return self.folder / str(upload_id)

    async def remove(self, upload_id: UUID) -> None:
        """Remove an upload's bytes."""
        await asyncio.to_thread(self.path(upload_id).unlink, missing_ok=True)


class Writer:
    """Appends to one upload from `offset`; whatever an earlier writer left beyond it is cut off."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self._buffer = bytearray()
        self._file = -1
        self.written = self.synced = offset

    async def open(self) -> None:
        """Open the file; raises UploadLost when bytes before the offset are missing."""
        await asyncio.to_thread(self._open)

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < self.synced:
            raise UploadLost
        os.ftruncate(self._file, self.synced)
        os.lseek(self._file, self.synced, os.SEEK_SET)

    async def write(self, piece: bytes) -> bool:
        """Take bytes; True when it is time to sync."""
        self._buffer += piece
        if len(self._buffer) >= BUFFER:
            await asyncio.to_thread(self._flush)
        return self.written - self.synced >= CHECKPOINT

    async def sync(self) -> int:
        """Bring every byte taken so far to the disk and return the offset that may be acknowledged."""
        await asyncio.to_thread(self._sync)
        return self.synced

    def _flush(self) -> None:
        view = memoryview(bytes(self._buffer))
        self._buffer.clear()
        try:
            while view:
                count = os.write(self._file, view)
                self.written += count
                view = view[count:]
        except OSError as error:
            raise StorageFull(retry_after=60) from error

    def _sync(self) -> None:
        try:
            self._flush()
        finally:
            os.fsync(self._file)
            self.synced = self.written

    def close(self) -> None:
        """Close the file; bytes not synced may be lost."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1
