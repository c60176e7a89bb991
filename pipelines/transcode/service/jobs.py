"""Steps of films on this machine: taken in turn, held while they are done, given back or ended with what came of them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from libs.chassis import telemetry
from libs.chassis.data.database import is_transient
from libs.chassis.object_store import NoSuchObject, ObjectStore, StoreAway
from pipelines.transcode.domain import SHORT, turns
from pipelines.transcode.media.film import REMUXED, SOURCE, Done, Film
from pipelines.transcode.media.planned import Part, Planned
from pipelines.transcode.media.sandbox import giving_way
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.work import private
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.steps import Step, Steps
from pipelines.transcode.service.masters import Masters
from pipelines.transcode.service.products import Products
from pipelines.transcode.service.publish import publish, put
from pipelines.transcode.service.workplace import Desk, Workplace
from pipelines.transcode.settings import Settings

log = telemetry.logger(__name__)

# How often a step in hand is held for longer, and at least how often in a lease.
WATCH_SECONDS, WATCHES = 1.0, 5
AFTER_TROUBLE = 10.0
# What is ours to blame may work next time with the parts that are done; a bad file never will.
OURS = frozenset(("check_failed", "package_failed", "storage_full", "gave_up", "failed", "cancelled"))


class TryLater(Exception):
    """The step cannot be done now; it is to be tried again in `seconds`."""

    def __init__(self, seconds: float, why: str) -> None:
        self.seconds = seconds
        super().__init__(why)


class Fenced(Exception):
    """Another worker has taken the step over, or the asset has ended."""


@dataclass
class InHand:
    """How far a step is, from 0 to 1; `told` once it ends with what came of it, and does not have to be held any more."""

    share: float = 0.0
    told: bool = False


class Jobs:
    """Does steps on this machine. `stopping` is set when the worker has to go; `closed`, when it takes no further step."""

    def __init__(
        self,
        settings: Settings,
        assets: Assets,
        steps: Steps,
        store: ObjectStore,
        tools: Tools,
        workplace: Workplace,
        stopping: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._assets = assets
        self._steps = steps
        self._store = store
        self._masters = Masters(store)
        self._products = Products(store)
        self._tools = tools
        self._workplace = workplace
        self._stopping = stopping
        self._busy = 0
        self.closed = False
        # Called when the last slot that is not the spare one has something to do.
        self.on_busy: Callable[[], None] = lambda: None

    async def next(self, *, spare: bool) -> bool:
        """Do the step whose turn it is, as far as it goes; False when there is none for this slot.

        The spare slot is for when all others are busy.
        """
        if self.closed or self._stopping.is_set() or (spare and self._busy < self._settings.encode_parallel):
            return False
        step = await self._take(SHORT if spare else None, spare=spare)
        if step is None:
            return False
        with structlog.contextvars.bound_contextvars(asset_id=str(step.asset_id), step=f"{step.kind} {step.number}"):
            self._busy += not spare
            if self._busy == self._settings.encode_parallel and not spare:
                self.on_busy()
            try:
                await self._do(step)
                # Its step ended in the moment it was published, so what kept it may have taken it for lost.
                if step.kind == "finish" and await self._assets.is_ready(step.asset_id):
                    await self._products.clear(step.asset_id)
            finally:
                self._busy -= not spare
        return True

    async def tidy(self) -> None:
        """Remove from this machine what no live film needs."""
        await self._workplace.tidy(self._steps.live)

    async def _take(self, longest: float | None, *, spare: bool) -> Step | None:
        async with self._steps.choosing() as connection:
            films = await self._steps.waiting(connection, longest)
            for turn in turns(films, datetime.now(UTC), spare=spare):
                step = await self._steps.take(connection, turn, self._settings.stalled_seconds, longest)
                if step is not None:
                    return step
        return None

    async def _do(self, step: Step) -> None:
        """Do a step; whatever comes of it is written down, or it is tried again."""
        if step.lost is not None:
            log.warning("step_rescued", lost_seconds=round(step.lost, 1), takes=step.takes)
        if step.strikes > self._settings.most_attempts:
            await self._fail(step, Refused("gave_up"))
            return
        try:
            with self._workplace.desk(step.asset_id) as desk:
                async with desk.locks[step.kind, step.number]:
                    with giving_way(step.gives_way):
                        await self._until_told(step, desk)
        except Fenced:
            log.info("step_fenced")
        except Refused as refusal:
            await self._fail(step, refusal)
        except TryLater as later:
            await self._steps.release(step, later.seconds, strike=False)
        except StoreAway as error:
            log.warning("step_in_trouble", reason=str(error), trying_again_in=AFTER_TROUBLE)
            await self._steps.release(step, AFTER_TROUBLE, strike=False)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                log.warning("step_in_trouble", reason=str(error), trying_again_in=AFTER_TROUBLE)
                await self._steps.release(step, AFTER_TROUBLE, strike=True)
                return
            await self._fail(step, Refused("storage_full", str(error)))
        except Exception as error:
            log.exception("step_broke")
            if step.strikes >= self._settings.most_attempts:
                await self._fail(step, Refused("failed", str(error)))
                return
            await self._steps.release(step, AFTER_TROUBLE, strike=True)

    async def _until_told(self, step: Step, desk: Desk) -> None:
        """Do a step and hold it meanwhile; end it, and with it every child, when it is over or the worker stops.

        A database that is away for less than a lease costs nothing.
        """
        loop = asyncio.get_running_loop()
        lease = self._settings.stalled_seconds
        held_until, watch = loop.time() + lease, min(WATCH_SECONDS, lease / WATCHES)
        hand = InHand()
        task = asyncio.create_task(self._work(step, desk, hand))
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while not task.done():
                await asyncio.wait({task, stop}, timeout=watch, return_when=asyncio.FIRST_COMPLETED)
                if task.done():
                    break
                if self._stopping.is_set():
                    raise TryLater(0, "the worker is stopping")
                asked_at = loop.time()
                try:
                    if not await self._steps.renew(step, hand.share, lease) and not hand.told:
                        raise Fenced
                    held_until = asked_at + lease
                except Exception as error:
                    if not is_transient(error) or loop.time() > held_until:
                        raise
            await task
        finally:
            stop.cancel()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def _work(self, step: Step, desk: Desk, hand: InHand) -> None:
        work = {"plan": self._plan, "finish": self._finish}.get(step.kind, self._part)
        await work(step, desk, hand)

    async def _plan(self, step: Step, desk: Desk, hand: InHand) -> None:
        if not await self._assets.progress(step.asset_id, step.attempt, "probing", 0.0, tell=True):
            raise Fenced
        planned = await self._film(step, desk.folder, desk).plan()
        name = await self._products.keep_plan(step.asset_id, planned)
        hand.told = True
        if not await _patiently(lambda: self._steps.planned(step, name, planned.parts)):
            raise Fenced
        log.info("film_planned", seconds=round(planned.film.seconds, 3), parts=len(planned.parts))

    async def _part(self, step: Step, desk: Desk, hand: InHand) -> None:
        planned = await self._planned(step, desk)

        def on_progress(done: float) -> None:
            hand.share = done

        part = next(part for part in planned.parts if (part.kind, part.number) == (step.kind, step.number))
        made = await self._film(step, desk.folder, desk).part(planned, part, on_progress)
        kept = await self._products.keep(step, desk.folder, made)
        hand.told = True
        if not await _patiently(lambda: self._steps.done(step, kept)):
            await self._products.drop(kept)
            raise Fenced
        log.info("part_made", takes=step.takes)

    async def _finish(self, step: Step, desk: Desk, hand: InHand) -> None:
        planned, results = await self._planned(step, desk), await self._steps.results(step)
        folder = desk.folder / f"finish-{step.takes}"
        private(folder)

        async def tell(status: str, share: float) -> None:
            if not await self._assets.progress(step.asset_id, step.attempt, status, share, tell=True):
                raise Fenced

        async def bring(part: Part, names: Sequence[str]) -> None:
            try:
                await self._products.bring(results[part.kind, part.number], folder, names)
            except NoSuchObject:
                log.warning("part_gone", part=f"{part.kind} {part.number}")
                await self._steps.again(step, part.kind, part.number)
                raise Fenced from None

        try:
            film = self._film(step, folder, desk, tell)
            made = await film.finish(planned, {part: _done(results, part) for part in planned.parts}, bring)
            lost = sum(kept["takes"] - 1 for kept in results.values())
            log.info("film_made", parts=len(results), taken_again=lost)
            run = await put(self._store, step.asset_id, step.attempt, made)
            hand.told = True
            if not await publish(self._store, self._assets, step.asset_id, step.attempt, run, made):
                raise Fenced
            log.info("asset_ready", seconds=made.report.seconds)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _film(self, step: Step, folder: Path, desk: Desk, tell: Any = None) -> Film:
        async def fetch() -> None:
            await self._fetch(step, desk, folder / SOURCE)

        async def quiet(_status: str, _share: float) -> None: ...

        options = self._settings.options(labels=step.label_rungs)
        return Film(self._tools, folder, options, tell or quiet, fetch, desk.locks["reading"])

    async def _planned(self, step: Step, desk: Desk) -> Planned:
        name = step.plan or ""
        if name not in desk.plans:
            try:
                desk.plans[name] = await self._products.plan(step.asset_id, name)
            except (NoSuchObject, ValidationError) as error:
                # Gone, or made by a version that planned otherwise.
                log.warning("plan_unreadable", reason=f"{type(error).__name__}: {error}"[:500])
                await self._steps.plan_again(step)
                raise Fenced from None
        return desk.plans[name]

    async def _fetch(self, step: Step, desk: Desk, source: Path) -> None:
        """Bring the master here: from another worker of this machine, or from the object store."""
        if source.is_file():
            return
        async with self._workplace.alone(step.asset_id):
            if self._workplace.linked(step.asset_id, source):
                self._workplace.linked(step.asset_id, source.with_name(REMUXED))
                return
            await self._download(step, source)

    async def _download(self, step: Step, source: Path) -> None:
        if not await self._assets.master_stored(step.upload_id):
            raise TryLater(2, "the master is still on its way to the object store")
        parts = await self._assets.parts(step.upload_id)
        await self._workplace.tidy(self._steps.live, sum(part.length for part in parts))
        part = source.with_name(f"{source.name}.part")
        try:
            await self._masters.fetch(parts, part)
        except NoSuchObject:
            raise Refused("master_missing") from None
        part.chmod(0o600)
        part.rename(source)

    async def _fail(self, step: Step, refusal: Refused) -> None:
        log.warning("asset_failed", code=refusal.code, because=refusal.because or refusal.detail)
        ended = await self._assets.fail(
            step.asset_id, refusal.code, refusal.detail, step=step.id, holder=step.holder, keep=refusal.code in OURS
        )
        if ended and refusal.code not in OURS:
            await self._products.clear(step.asset_id)


def _done(results: dict[tuple[str, int], dict[str, Any]], part: Part) -> Done:
    kept = results[part.kind, part.number]
    return Done(tuple(kept["files"]), kept["value"])


async def _patiently(tell: Callable[[], Awaitable[bool]]) -> bool:
    """Say what came of long work again and again while the database is away; the lease bounds how long."""
    while True:
        try:
            return await tell()
        except Exception as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(WATCH_SECONDS)
