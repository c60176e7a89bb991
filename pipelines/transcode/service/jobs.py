"""One job from start to end: fenced by its attempt, stopped when the asset ends or the worker must, resumed after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from libs.chassis import telemetry
from libs.chassis.object_store import NoSuchObject, ObjectStore
from pipelines.transcode.media import film
from pipelines.transcode.media.film import SOURCE, Film
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.work import private
from pipelines.transcode.repository.assets import Asset, Assets
from pipelines.transcode.service.masters import Masters
from pipelines.transcode.service.publish import publish
from pipelines.transcode.settings import Settings

log = telemetry.logger(__name__)

WATCH_SECONDS = 1.0
TELL_EVERY = 0.1
RECORD_EVERY = 0.01


class TryLater(Exception):
    """The job cannot be finished now; it is to be tried again in `seconds`."""

    def __init__(self, seconds: int, why: str) -> None:
        self.seconds = seconds
        super().__init__(why)


class Fenced(Exception):
    """Another attempt has taken over, or the asset has ended."""


class Jobs:
    """Runs jobs on this machine. `stopping` is set when the worker has to go."""

    def __init__(
        self, settings: Settings, assets: Assets, store: ObjectStore, tools: Tools, stopping: asyncio.Event
    ) -> None:
        self._settings = settings
        self._assets = assets
        self._store = store
        self._masters = Masters(store)
        self._tools = tools
        self._stopping = stopping

    def folder(self, asset_id: UUID) -> Path:
        """Return a job's directory."""
        return self._settings.work_dir / "jobs" / str(asset_id)

    async def transcode(self, asset_id: UUID) -> None:
        """Take a job as far as it goes.

        Raises TryLater when it should be tried later; everything else is recorded on the asset.
        """
        asset = await self._assets.begin(asset_id)
        if asset is None:
            await asyncio.to_thread(film.clean, self.folder(asset_id))
            return
        structlog.contextvars.bind_contextvars(asset_id=str(asset_id), attempt=asset.attempt)
        if asset.strikes > self._settings.most_attempts:
            await self._fail(asset, Refused("gave_up"))
            return
        async with self._alone(asset):
            try:
                await self._until_told(asset, self._make(asset))
            except Fenced:
                log.info("job_fenced")
            except Refused as refusal:
                await self._fail(asset, refusal)
            except TryLater:
                await self._assets.release(asset_id, asset.attempt)
                raise
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise TryLater(10, str(error)) from error
                await self._fail(asset, Refused("storage_full", str(error)))
            except Exception as error:
                log.exception("job_broke")
                if asset.strikes >= self._settings.most_attempts:
                    await self._fail(asset, Refused("failed", str(error)))
                    return
                raise TryLater(10, str(error)) from error

    @asynccontextmanager
    async def _alone(self, asset: Asset) -> AsyncIterator[None]:
        """Hold the job's directory: a worker that was taken for dead may still be writing there."""
        private(self._settings.work_dir / "jobs")
        private(self.folder(asset.id))
        locks = private(self._settings.work_dir / "locks")
        lock = os.open(locks / str(asset.id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await self._assets.release(asset.id, asset.attempt)
                raise TryLater(2, "another worker still holds the directory") from None
            yield
        finally:
            os.close(lock)

    async def _until_told(self, asset: Asset, work: Coroutine[Any, Any, None]) -> None:
        """Run the work; end it, and with it every child, when the attempt is over or the worker stops."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while not task.done():
                await asyncio.wait({task, stop}, timeout=WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if task.done():
                    break
                if self._stopping.is_set():
                    raise TryLater(0, "the worker is stopping")
                if not await self._assets.holds(asset.id, asset.attempt):
                    raise Fenced
            await task
        finally:
            stop.cancel()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def _make(self, asset: Asset) -> None:
        folder = self.folder(asset.id)
        await self._fetch(asset, folder / SOURCE)
        recorder = ProgressRecorder(self._assets, asset)
        made = await Film(self._tools, folder, self._settings.options(labels=asset.label_rungs), recorder.tell).make()
        log.info("film_made", chunks_made=made.chunks_made, chunks_reused=made.chunks_reused)
        if not await publish(self._store, self._assets, asset.id, asset.attempt, made):
            raise Fenced
        log.info("asset_ready", seconds=made.report.seconds)
        await asyncio.to_thread(film.clean, folder)

    async def _fetch(self, asset: Asset, source: Path) -> None:
        """Bring the master here from the object store."""
        if source.is_file():
            return
        if not await self._assets.master_stored(asset.upload_id):
            raise TryLater(2, "the master is still on its way to the object store")
        part = source.with_name(f"{source.name}.part")
        try:
            await self._masters.fetch(await self._assets.parts(asset.upload_id), part)
        except NoSuchObject:
            raise Refused("master_missing") from None
        part.chmod(0o600)
        part.rename(source)

    async def _fail(self, asset: Asset, refusal: Refused) -> None:
        log.warning("asset_failed", code=refusal.code, because=refusal.because or refusal.detail)
        await self._assets.fail(asset.id, asset.attempt, refusal.code, refusal.detail)
        # What is ours to blame may work next time with the chunks that are done; a bad file never will.
        if refusal.code not in ("check_failed", "package_failed", "storage_full", "gave_up", "failed"):
            await asyncio.to_thread(film.clean, self.folder(asset.id))


class ProgressRecorder:
    """Records progress: every change of status, every percent; events only every tenth."""

    def __init__(self, assets: Assets, asset: Asset) -> None:
        self._assets = assets
        self._asset = asset
        self._status = ""
        self._recorded = self._told = -1.0

    async def tell(self, status: str, share: float) -> None:
        """Record a status and a share from 0 to 1.

        Raises Fenced when the attempt is over.
        """
        changed = status != self._status
        if not changed and share - self._recorded < RECORD_EVERY:
            return
        tell = changed or share - self._told >= TELL_EVERY
        self._status, self._recorded = status, share
        self._told = share if tell else self._told
        if not await self._assets.progress(self._asset.id, self._asset.attempt, status, share, tell=tell):
            raise Fenced
