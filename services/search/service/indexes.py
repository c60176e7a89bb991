"""This replica's index: opened, brought up to date with the database, built anew where it is broken or somebody asks for it."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from libs.chassis import telemetry
from libs.chassis.components import Loop, NotWorking
from libs.chassis.data.database import Database
from libs.chassis.problems import Unavailable
from services.search.engine import damage
from services.search.engine.index import BrokenIndex, Index, View
from services.search.repository import changes
from services.search.repository.changes import History
from services.search.service import building

log = telemetry.logger(__name__)

BATCH = 500
# A commit costs about as much as writing a thousand titles; while there is much to catch up with, few of them are made.
MOST_UNCOMMITTED = 50_000
# An index that answers shows what changed this soon, however much more there is to catch up with.
SHOWN_SECONDS = 1.0
# News comes by NOTIFY; this is for what was told while the connection was being made.
LOOK_AGAIN_SECONDS = 5.0
REPLICAS = 64
# All its files are read again this often; and when a search fails, at most so often.
READ_AGAIN_SECONDS, READ_AT_MOST_SECONDS = 900.0, 5.0
# And at most so often while it cannot be written.
REREAD_SECONDS = 60.0
# What a rebuild failed at, a full disk for one, is not over in a moment, and each attempt reads the whole catalogue.
REBUILD_AGAIN_SECONDS = 60.0
# So many errors without a commit between them are none that pass by themselves.
STUCK = 3
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
OTHER = "it counts the changes of another database"
OLD_STAYS = "the index from before goes on answering, and a new one is tried again in a minute"


class IndexNotReady(Unavailable):
    """The search index is being built. Please try again in a moment."""

    code = "search_index_not_ready"


class Indexes(Loop):
    """A component: keeps one index up to date and hands out views of it."""

    name = "index"
    required = True
    every = 0.0

    def __init__(self, db: Database, folder: Path, *, memory: int) -> None:
        super().__init__()
        self._db = db
        self._root = folder
        self._memory = memory
        self._home: Path | None = None
        self._lock: int | None = None
        self._index: Index | None = None
        self._next: Index | None = None
        self._ready = False
        self._fault: str | None = None
        self._read_at = self._doubt_at = self._reread_at = self._rebuild_at = 0.0
        self._failed = 0
        self._failed_at = -1
        self._looking = asyncio.Lock()
        self._news = asyncio.Event()

    @property
    def view(self) -> View:
        """The index as it is now. Raises `IndexNotReady` until it has caught up for the first time."""
        if not self._ready or self._index is None:
            raise IndexNotReady(retry_after=5)
        return self._index.view

    @property
    def build(self) -> int:
        """The number of the rebuild that this replica's index comes from."""
        return self._index.build if self._index else 0

    async def doubt(self) -> None:
        """A search failed in the engine. Raises `IndexNotReady` where that is because the index is damaged."""
        if time.monotonic() >= self._doubt_at:
            self._doubt_at, self._read_at = time.monotonic() + READ_AT_MOST_SECONDS, 0.0
        await self._look()
        if not self._ready:
            raise IndexNotReady(retry_after=5)

    async def check(self) -> None:
        await super().check()
        if not self._ready:
            done = self._index.position if self._index else 0
            raise NotWorking(f"degraded: the index is being built, and is at change {done}")

    async def stop(self) -> None:
        await super().stop()
        for index in (self._index, self._next):
            if index is not None:
                await asyncio.to_thread(index.close)
        self._leave_the_place()

    async def work(self) -> None:
        """Follow the database until the connection that tells of changes is lost."""
        connection = await self._db.direct()
        try:
            connection.add_termination_listener(lambda *_: self._news.set())
            await connection.add_listener(changes.CHANNEL, lambda *_: self._news.set())
            while not connection.is_closed():
                self._news.clear()
                await self._once()
                self.well()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), LOOK_AGAIN_SECONDS)
            raise ConnectionError("the connection that tells of changes was lost")
        finally:
            connection.terminate()

    async def _once(self) -> None:
        wanted, history = await changes.wanted_build(self._db), await changes.history(self._db)
        await self._look()
        if self._index is not None and self._index.database != history.database:
            self._fault = OTHER
        if self._fault is not None:
            await asyncio.to_thread(self._abandon, self._fault)
        if self._index is None:
            self._index = await asyncio.to_thread(self._open, wanted, history)
        # What was counted last may not have outlived the server that counted it, and its numbers are given again.
        parted = self._index.timeline != history.timeline
        try:
            if parted:
                self._index.rewind(await changes.last(self._db))
            await self._fill(self._index)
            await self._catch_up(self._index)
            self._failed = 0
            self._ready = self._fault is None
            if parted or self._index.build != wanted or self._index.records.wasteful:
                await self._rebuild(self._index, wanted, history)
        except BrokenIndex:
            raise
        except (ValueError, OSError, RuntimeError) as error:
            if isinstance(error, ConnectionError | TimeoutError):
                raise
            # The engine's errors and ours: what is on disk is not what was written, or the disk takes nothing more.
            await asyncio.to_thread(self._begin_again, self._index, f"{type(error).__name__}: {error}")
            old = self._index
            if old is None or not self._stuck(old, error):
                raise
            await self._rebuild(old, old.build, history, follow=False)
            if self._index is old:
                raise
            self._failed = 0

    def _stuck(self, index: Index, error: Exception) -> bool:
        """Whether an index fails again and again where it is, and not for want of room."""
        if index.position != self._failed_at:
            self._failed_at, self._failed = index.position, 0
        self._failed += not _full(error)
        return self._failed >= STUCK

    async def _look(self) -> None:
        """Find out whether the files are gone, and when it is time, whether they are what was written."""
        async with self._looking:
            index = self._index
            if index is None or self._fault is not None:
                return
            fault = None if (index.folder / damage.META).exists() else "its files are gone"
            if fault is None and time.monotonic() >= self._read_at:
                self._read_at = time.monotonic() + READ_AGAIN_SECONDS
                fault = await asyncio.to_thread(damage.of, index.folder)
            # Meanwhile a rebuild may have put another in its place.
            if fault is not None and index is self._index:
                self._fault, self._ready = fault, False
                self._news.set()

    async def _catch_up(self, index: Index) -> None:
        """Apply what changed since."""
        try:
            await self._follow(index)
        except Exception:
            # Written and not committed, it would be there twice when it comes again.
            with suppress(Exception):
                await asyncio.to_thread(index.undo)
            raise

    async def _fill(self, index: Index) -> None:
        """Have other processes write what there is into an empty index, where that is much."""
        if not index.empty or building.builders() < 2 or not await changes.are_more_than(self._db, building.MANY):
            return
        last, begun = await changes.last(self._db), time.monotonic()
        log.info("index_build_begun", builders=building.builders(), up_to=last)
        shares = index.folder.with_name(f"{index.folder.name}-shares")
        try:
            parts = await building.build(self._db, shares, last)
            await asyncio.to_thread(damage.contained, index.take, parts, last)
        except building.ShareFailed as error:
            log.warning("index_build_alone", reason=str(error), then="this process builds the index by itself")
            return
        finally:
            await asyncio.to_thread(shutil.rmtree, shares, ignore_errors=True)
        log.info("index_build_done", up_to=last, seconds=round(time.monotonic() - begun, 1))

    async def _follow(self, index: Index) -> None:
        uncommitted, shown_at = 0, time.monotonic()
        position, ahead = index.position, index.ahead
        # Into an empty index each row comes once up to here: one that changes meanwhile gets a number beyond.
        once = await changes.last(self._db) if index.empty else 0
        while True:
            rows = await changes.after(self._db, position, BATCH)
            done = len(rows) < BATCH
            # What somebody waits for goes before the rest of a crowd, and comes once more in its turn.
            news = []
            if not done and any(row["crowd"] for row in rows) and self._answers(index):
                news = await changes.alone(self._db, max(ahead, rows[-1]["seq"]), BATCH)
            if rows:
                await asyncio.to_thread(damage.contained, building.apply, index, rows, once)
                position = rows[-1]["seq"]
                uncommitted += len(rows)
            # Last: it was read last, and may say of one of the others that it changed since.
            if news:
                await asyncio.to_thread(damage.contained, building.apply, index, news, 0)
                ahead, once = news[-1]["seq"], min(once, position)
            late = self._answers(index) and (bool(news) or time.monotonic() - shown_at >= SHOWN_SECONDS)
            if uncommitted and (done or late or uncommitted >= MOST_UNCOMMITTED):
                await asyncio.to_thread(damage.contained, index.commit, position, ahead)
                uncommitted, shown_at = 0, time.monotonic()
            if done:
                return

    def _answers(self, index: Index) -> bool:
        return self._ready and index is self._index

    async def _rebuild(self, old: Index, number: int, history: History, *, follow: bool = True) -> None:
        """Build a new index beside the old one, which goes on answering and, unless it cannot `follow`, following; and switch."""
        if time.monotonic() < self._rebuild_at:
            return
        log.info("index_rebuild_begun", build=number)
        making = asyncio.create_task(self._made(number, history))
        try:
            while not making.done():
                if follow:
                    await self._catch_up(old)
                await asyncio.wait([making], timeout=SHOWN_SECONDS)
        finally:
            making.cancel()
            await asyncio.wait([making])
        try:
            new = making.result()
            # What the old one shows by now does not come or go again for a moment.
            await self._catch_up(new)
            await asyncio.to_thread(self._point_at, new)
        except Exception as error:
            # The old one has no part in that: it goes on.
            self._rebuild_at = time.monotonic() + REBUILD_AGAIN_SECONDS
            log.warning("index_rebuild_failed", build=number, reason=f"{type(error).__name__}: {error}", then=OLD_STAYS)
            await self._let_go_of_the_next()
            return
        self._index, self._next = new, None
        self._fault, self._ready = None, True
        await asyncio.to_thread(_remove, old)
        log.info("index_rebuild_done", build=number, position=new.position)

    async def _made(self, number: int, history: History) -> Index:
        """Make a new index of all there is, where the one in use stays as it is."""
        await self._let_go_of_the_next()  # an attempt that was broken off
        new = self._next = await asyncio.to_thread(self._make, number, history)
        await self._fill(new)
        await self._catch_up(new)
        return new

    async def _let_go_of_the_next(self) -> None:
        unfinished, self._next = self._next, None
        if unfinished is not None:
            await asyncio.to_thread(_remove, unfinished)

    def _open(self, wanted: int, history: History) -> Index:
        """Open what the last run left, or begin anew where that cannot be read."""
        if self._home is None or not self._home.is_dir():
            self._leave_the_place()
            self._home = self._take_a_place()
        home = self._home
        with suppress(FileNotFoundError):
            folder = home / (home / "current").read_text().strip()
            try:
                if fault := damage.of(folder):
                    raise BrokenIndex(fault)
                index = Index(folder, memory=self._memory)
                if index.database != history.database:
                    raise BrokenIndex(OTHER)
                self._read_at = time.monotonic() + READ_AGAIN_SECONDS
                self._sweep(folder)
                return index
            except BrokenIndex as error:
                log.warning("index_broken", folder=str(folder), reason=str(error), then="it is built anew")
        self._ready = False
        index = self._make(wanted, history)
        self._point_at(index)
        return index

    def _take_a_place(self) -> Path:
        """A folder that no other replica on this disk uses."""
        self._root.mkdir(parents=True, exist_ok=True)
        for number in range(REPLICAS):
            lock = os.open(self._root / f"{number}.lock", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(lock)
                continue
            self._lock = lock
            home = self._root / str(number)
            home.mkdir(exist_ok=True)
            return home
        raise NotWorking(f"{REPLICAS} replicas share {self._root}: give each a folder of its own")

    def _leave_the_place(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._lock = self._home = None

    def _make(self, number: int, history: History) -> Index:
        assert self._home is not None
        taken = {path.name for path in self._home.iterdir()}
        name = next(f"build-{n}" for n in range(len(taken) + 1) if f"build-{n}" not in taken)
        return Index(
            self._home / name,
            memory=self._memory,
            build=number,
            database=history.database,
            timeline=history.timeline,
        )

    def _point_at(self, index: Index) -> None:
        assert self._home is not None
        pointer = self._home / "current.new"
        pointer.write_text(index.folder.name)
        pointer.replace(self._home / "current")
        self._sweep(index.folder)

    def _sweep(self, kept: Path) -> None:
        assert self._home is not None
        used = {kept, self._index.folder if self._index else kept}
        for path in self._home.glob("build-*"):
            if path not in used:
                shutil.rmtree(path, ignore_errors=True)

    def _begin_again(self, index: Index, reason: str) -> None:
        """After an error open the index as it was last written; only where that is damaged let go of it.

        On a full disk it goes on answering, as old as it then is, and `check` says why.
        """
        index.close()
        try:
            if time.monotonic() >= self._reread_at:
                self._reread_at = time.monotonic() + REREAD_SECONDS
                if fault := damage.of(index.folder):
                    raise BrokenIndex(fault)
            self._index = Index(index.folder, memory=self._memory)
        except BrokenIndex as error:
            self._abandon(f"{reason}; {error}")

    def _abandon(self, reason: str) -> None:
        """Let go of an index that cannot be used; the next round begins a new one."""
        self._ready, self._fault = False, None
        index, self._index = self._index, None
        if index is not None:
            log.error("index_broken", folder=str(index.folder), reason=reason, then="it is built anew")
            index.close()
            assert self._home is not None
            (self._home / "current").unlink(missing_ok=True)
            shutil.rmtree(index.folder, ignore_errors=True)


def _full(error: Exception) -> bool:
    """Whether the disk takes nothing more; the engine says so in words."""
    if isinstance(error, OSError):
        return error.errno in FULL
    return any(f"os error {number})" in str(error) for number in FULL)


def _remove(index: Index) -> None:
    index.close()
    shutil.rmtree(index.folder, ignore_errors=True)
