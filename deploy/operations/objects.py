"""Objects copied into an archive, each content once, and put back from it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from deploy.operations.archive import Archive, BackupDamaged, NoBackup, Objects, Stored, digest, lines, sealed
from libs.chassis.ids import new_id
from libs.chassis.object_store import Entry, NoSuchObject, ObjectStore

# How many objects are on their way at once.
AT_ONCE = 8


class Copying:
    """Copies a store into an archive, in as many rounds as its caller wants; what an earlier backup has is not read again."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._known = self._copied_before()
        self._found: dict[str, Stored] = {}
        self.copied = 0  # objects whose bytes were read
        self.gone = 0

    def _copied_before(self) -> dict[str, Stored]:
        try:
            return {stored.key: stored for stored in self._archive.objects(self._archive.newest())}
        except (NoBackup, BackupDamaged, OSError):
            return {}  # everything is copied: the next backup must not fail because the last one is damaged

    async def round(self, store: ObjectStore) -> None:
        """Copy every object that there is now. What was there in an earlier round stays in the list."""
        async for several in _several(store.entries()):
            await asyncio.gather(*(self._take(store, entry) for entry in several))

    async def _take(self, store: ObjectStore, entry: Entry) -> None:
        known = self._found.get(entry.key) or self._known.get(entry.key)
        if (
            known is not None
            and (known.mark, known.size) == (entry.mark, entry.size)
            and await asyncio.to_thread(self._is_kept, known)
        ):
            self._found[entry.key] = known
            return
        try:
            kind = await store.content_type(entry.key)
            size, sha256 = await self._copy(store, entry.key)
        except NoSuchObject:
            self.gone += 1
            return
        self.copied += 1
        self._found[entry.key] = Stored(key=entry.key, size=size, sha256=sha256, type=kind, mark=entry.mark)

    def _is_kept(self, known: Stored) -> bool:
        blob = self._archive.blob(known.sha256)
        return blob.is_file() and blob.stat().st_size == known.size

    async def _copy(self, store: ObjectStore, key: str) -> tuple[int, str]:
        fresh = self._archive.root / "objects" / "new" / f".{new_id().hex}"
        fresh.parent.mkdir(parents=True, exist_ok=True)
        try:
            await store.download(key, fresh)
            return await asyncio.to_thread(self._keep, fresh)
        finally:
            fresh.unlink(missing_ok=True)

    def _keep(self, fresh: Path) -> tuple[int, str]:
        size, sha256 = fresh.stat().st_size, digest(fresh)
        blob = self._archive.blob(sha256)
        blob.parent.mkdir(parents=True, exist_ok=True)
        # Also over one that is there: it may be what a crash left of it.
        fresh.replace(blob)
        return size, sha256

    def write(self, path: Path, place: Path) -> Objects:
        """Write the list of all that was found, sorted by key."""
        found = [self._found[key] for key in sorted(self._found)]
        with path.open("wb") as file:
            file.writelines(lines(found))
        size = sum(stored.size for stored in found)
        return Objects(file=sealed(path, place), count=len(found), size=size, gone=self.gone)


async def put_back(store: ObjectStore, archive: Archive, objects: Iterable[Stored]) -> int:
    """Put objects into a store and return how many there are. Those that it has already, byte for byte, are left alone.

    Nothing that the archive does not have is deleted.
    """
    there = {entry.key: entry.size async for entry in store.entries()}
    count = 0

    async def put(stored: Stored) -> None:
        if there.get(stored.key) == stored.size and await _is_same(store, archive, stored):
            return
        await store.put_file(stored.key, archive.blob(stored.sha256), stored.type)

    waiting: list[Stored] = []
    for stored in objects:
        count += 1
        waiting.append(stored)
        if len(waiting) == AT_ONCE:
            await asyncio.gather(*map(put, waiting))
            waiting.clear()
    await asyncio.gather(*map(put, waiting))
    return count


async def _is_same(store: ObjectStore, archive: Archive, stored: Stored) -> bool:
    beside = archive.root / f".{new_id().hex}.compared"
    try:
        await store.download(stored.key, beside)
        return await asyncio.to_thread(digest, beside) == stored.sha256
    except NoSuchObject:
        return False
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


async def differing(store: ObjectStore, archive: Archive, objects: Iterable[Stored]) -> list[str]:
    """Return the keys of objects that a store has not, or has otherwise."""
    return [stored.key for stored in objects if not await _is_same(store, archive, stored)]


async def _several(entries: AsyncIterator[Entry]) -> AsyncIterator[list[Entry]]:
    waiting: list[Entry] = []
    async for entry in entries:
        waiting.append(entry)
        if len(waiting) == AT_ONCE:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
