"""Where versions before parts left uploads: files named by upload id in a directory of one machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID


class Spool:
    """The files of one machine's uploads."""

    def __init__(self, work: Path) -> None:
        self.folder = work / "uploads"

    def path(self, upload_id: UUID) -> Path:
        """Return where an upload's bytes are."""
        return self.folder / str(upload_id)

    def ids(self) -> list[UUID]:
        """Return the uploads of which there are bytes here."""
        found = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            with contextlib.suppress(ValueError):
                found.append(UUID(path.name))
        return found

    async def read(self, upload_id: UUID, length: int, size: int) -> AsyncIterator[bytes]:
        """Yield the first `length` bytes in pieces of `size`; fewer where the file is shorter."""
        with self.path(upload_id).open("rb") as source:
            while data := await asyncio.to_thread(source.read, min(size, length)):
                length -= len(data)
                yield data

    async def remove(self, upload_id: UUID) -> None:
        """Remove an upload's bytes."""
        await asyncio.to_thread(self.path(upload_id).unlink, missing_ok=True)
