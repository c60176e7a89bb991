"""A master is a row of parts in the object store, each whole before it is acknowledged; any replica may write the next."""

from __future__ import annotations

import asyncio
import errno
import shutil
from pathlib import Path
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.ids import new_id
from libs.chassis.object_store import DirectoryStore, NoSuchObject, ObjectStore
from libs.chassis.problems import Unavailable
from pipelines.transcode.repository.uploads import StoredPart

log = telemetry.logger(__name__)

PART = 8 * 1024**2
# Where masters, and films in work, lie in the store, for nobody else to read.
PRIVATE = ("masters", "work")
FULL = (errno.ENOSPC, errno.EDQUOT)


class StorageFull(Unavailable):
    """There is no space left for this upload. Try again once space has been made."""

    code = "storage_full"


class StorageAway(Unavailable):
    """The place where films are kept is not answering right now. The upload goes on from its offset in a moment."""

    code = "storage_away"


def folder(upload_id: UUID) -> str:
    """Return the prefix of an upload's own objects; never served."""
    return f"masters/parts/{upload_id}"


class Masters:
    """The parts of masters in an object store."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    async def put(self, upload_id: UUID, start: int, data: bytes) -> StoredPart:
        """Store a part under a name nobody else writes to. Raises StorageFull or StorageAway."""
        part = StoredPart(f"{folder(upload_id)}/{start:015d}-{new_id().hex}", start, len(data))
        try:
            await self.store.put_bytes(part.key, data)
        except Exception as error:
            if isinstance(error, OSError) and error.errno in FULL:
                raise StorageFull(retry_after=60) from error
            log.warning("part_not_stored", upload_id=str(upload_id), reason=f"{type(error).__name__}: {error}")
            raise StorageAway(retry_after=5) from error
        return part

    async def drop(self, parts: list[StoredPart]) -> None:
        """Remove parts that no upload got. The cleanup removes what is left behind when this fails."""
        for part in parts:
            try:
                await self.store.delete_prefix(part.key)
            except Exception as error:
                log.warning("part_left_behind", key=part.key, reason=f"{type(error).__name__}: {error}")

    async def fetch(self, parts: list[StoredPart], target: Path) -> None:
        """Write a whole master to `target`. Raises NoSuchObject."""
        if not parts:
            raise NoSuchObject("a master without parts")
        if len(parts) == 1:
            await self.store.download(parts[0].key, target)
            return
        piece = target.with_name(f"{target.name}.piece")
        await asyncio.to_thread(target.write_bytes, b"")
        for part in parts:
            await self.store.download(part.key, piece)
            await asyncio.to_thread(_append, piece, target)
        piece.unlink(missing_ok=True)

    async def require_room(self, length: int, reserve: int) -> None:
        """Raise StorageFull where the store is a directory without space for `length` bytes more."""
        if not isinstance(self.store, DirectoryStore):
            return
        root = self.store.root

        def free() -> int:
            root.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(root).free

        if await asyncio.to_thread(free) < length + reserve:
            raise StorageFull(retry_after=600)


def _append(piece: Path, target: Path) -> None:
    with piece.open("rb") as source, target.open("ab") as sink:
        shutil.copyfileobj(source, sink, 1024**2)
