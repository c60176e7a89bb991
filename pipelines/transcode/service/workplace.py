"""A worker's own directory: the films it has in hand, and what killed workers of this machine left."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from libs.chassis.ids import new_id
from pipelines.transcode.media.planned import Planned
from pipelines.transcode.media.work import private

# How often it is looked whether another worker of this machine has brought a film.
LOOK_SECONDS = 0.2


@dataclass
class Desk:
    """The directory of one film: its source, and what is being made of it. `users` steps are in hand there."""

    folder: Path
    users: int = 0
    used_at: float = 0.0
    plans: dict[str, Planned] = field(default_factory=dict)
    # One step is not done twice at once in one directory, and a source is fetched by the first who needs it.
    locks: dict[object, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))


class Workplace:
    """The directories of one worker process, below `work/workers`; locked as long as the process lives."""

    def __init__(self, work: Path, most_bytes: int) -> None:
        self._all = work / "workers"
        self._old = (work / "jobs", work / "locks")
        self._most = most_bytes
        self.home = self._all / new_id().hex
        self._desks: dict[UUID, Desk] = {}
        self._lock = -1

    def open(self) -> None:
        """Make the directory, and remove those of workers that are gone."""
        # Locked before it has the name that others look for.
        hidden = self.home.with_suffix(".new")
        self._lock = _locked(hidden)
        hidden.rename(self.home.with_suffix(".lock"))
        private(self.home)
        for lock in self._all.glob("*.lock"):
            if lock != self.home.with_suffix(".lock") and (taken := _locked(lock)) >= 0:
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)
                os.close(taken)
        self._clear_old()

    def close(self) -> None:
        """Remove the directory."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.with_suffix(".lock").unlink(missing_ok=True)
        os.close(self._lock)

    def _clear_old(self) -> None:
        """Remove the directories of jobs that a worker of the version before left."""
        jobs, locks = self._old
        for folder in jobs.iterdir() if jobs.is_dir() else ():
            if (taken := _locked(locks / folder.name)) >= 0:
                shutil.rmtree(folder, ignore_errors=True)
                (locks / folder.name).unlink(missing_ok=True)
                os.close(taken)

    @contextmanager
    def desk(self, asset_id: UUID) -> Iterator[Desk]:
        """Use the directory of a film."""
        desk = self._desks.setdefault(asset_id, Desk(self.home / str(asset_id)))
        private(desk.folder)
        desk.users += 1
        try:
            yield desk
        finally:
            desk.users -= 1
            desk.used_at = time.monotonic()

    @asynccontextmanager
    async def alone(self, asset_id: UUID) -> AsyncIterator[None]:
        """Wait until no other worker of this machine brings this film here."""
        path = self._all / f"{asset_id}.coming"
        while (taken := _locked(path)) < 0:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
            os.close(taken)

    def linked(self, asset_id: UUID, target: Path) -> bool:
        """Have a file of a film here that another worker of this machine has; it takes no space a second time."""
        for found in self._all.glob(f"*/{asset_id}/{target.name}"):
            # The other may remove it right now.
            with suppress(OSError):
                os.link(found, target)
                return True
        return False

    async def tidy(self, live: Callable[[Sequence[UUID]], Awaitable[set[UUID]]], wanted: int = 0) -> None:
        """Remove films that are over, and those used longest ago where all of them, and `wanted` bytes, take too much."""
        going_on = await live(list(self._desks)) if self._desks else set()
        idle = sorted((desk.used_at, asset_id) for asset_id, desk in self._desks.items() if not desk.users)
        taken = await asyncio.to_thread(_bytes, self.home) + wanted if self._desks else 0
        for _, asset_id in idle:
            desk = self._desks[asset_id]
            if desk.users or (asset_id in going_on and taken <= self._most):
                continue
            del self._desks[asset_id]
            taken -= await asyncio.to_thread(_bytes, desk.folder)
            # The next step of this film may make its directory anew meanwhile.
            gone = desk.folder.rename(self.home / new_id().hex)
            await asyncio.to_thread(shutil.rmtree, gone, ignore_errors=True)


def _locked(path: Path) -> int:
    """Return a descriptor that holds the lock of a file, -1 while another process does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return -1
    return handle


def _bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # a child is at work there
            continue
    return total
