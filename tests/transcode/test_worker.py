"""The worker killed, stopped, fenced and cancelled in the middle of a film."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from libs.chassis.data.database import Database
from libs.chassis.object_store import open_store
from pipelines.transcode.media.film import SOURCE
from pipelines.transcode.repository.assets import Assets, priority
from pipelines.transcode.repository.leftovers import Leftovers
from pipelines.transcode.repository.uploads import Uploads
from pipelines.transcode.service.cleanup import Cleanup
from pipelines.transcode.service.masters import Masters
from pipelines.transcode.service.spool import Spool
from pipelines.transcode.settings import Settings
from pipelines.transcode.worker import Worker
from tests.transcode.conftest import ASSETS, Api, eventually, make_clip, working

# A worker that dies when everything of a film is in the object store and nobody has been told.
DYING = """
from pipelines.transcode.worker import main
from tests.transcode.killed import deadly
deadly("pipelines.transcode.repository.assets:Assets.publish", "before")
main()
"""


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    """Slow enough that there is a middle, in chunks of four seconds."""
    return settings.model_copy(update={"encode_preset": "medium", "encode_chunk_seconds": 4, "encode_parallel": 1})


@pytest.fixture(scope="session")
def long_clip(clips: Path) -> Path:
    return make_clip(clips / "long.mp4", 20, "640x360", "25")


@asynccontextmanager
async def worker_process(settings: Settings, log: Path, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    env = {f"BIJOU_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value is not None}
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *(command or ("-m", "pipelines.transcode.worker")), env={**os.environ, **env}, stderr=errors
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 30)


def logged(log: Path, event: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def children_in(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in process.cwd() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def finished_chunks(settings: Settings) -> list[Path]:
    return [path for path in (settings.work_dir / "jobs").glob("*/chunks/*") if path.suffix != ".part"]


async def test_killed_worker_is_replaced_and_chunks_are_reused(
    api: Api, settings: Settings, long_clip: Path, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    asset_id = await api.upload(long_clip)
    async with worker_process(settings, log) as first:
        await eventually(lambda: len(finished_chunks(settings)) >= 1, 90)
        first.kill()
        await first.wait()
    await eventually(lambda: not children_in(settings.work_dir))
    (source,) = (settings.work_dir / "jobs").glob(f"*/{SOURCE}")
    assert source.stat().st_mode & 0o077 == source.parent.stat().st_mode & 0o077 == 0
    assert [path for path in source.parent.glob("chunks/*/*") if path.stat().st_mode & 0o077] == []
    assert (await api.get(f"{ASSETS}/{asset_id}"))["status"] == "encoding"
    async with worker_process(settings, log):
        asset = await api.ended(asset_id)
    assert (asset["status"], asset["attempt"]) == ("ready", 2), asset
    (made,) = logged(log, "film_made")
    assert isinstance(made["chunks_reused"], int)
    assert made["chunks_reused"] >= 1
    assert logged(log, "job_rescued")


@pytest.mark.parametrize("object_store", ["directory", "s3"], indirect=True)
async def test_what_a_killed_worker_had_published_is_cleared_away(
    api: Api, settings: Settings, clip: Path, tmp_path: Path
) -> None:
    """A worker dies with the whole run in the object store: it goes a day after the asset ended."""
    log, store = tmp_path / "worker.log", open_store(settings.object_store_url)
    db = Database(settings.database_url)
    await db.start()
    cleanup = Cleanup(Uploads(db), Assets(db), Leftovers(db), Masters(store), Spool(settings.work_dir))

    async def runs() -> set[str]:
        return {key.split("/")[2] for key in await store.list(f"media/{asset_id}")}

    async def a_day_later() -> None:
        await db.pool.execute("UPDATE assets SET updated_at = updated_at - interval '25 hours'")
        await cleanup.sweep()

    asset_id = await api.upload(clip)
    async with worker_process(settings, log, "-c", DYING) as dying:
        await asyncio.wait_for(dying.wait(), 120)
    assert await runs() == {"r1"}
    await a_day_later()
    assert await runs() == {"r1"}, "an asset that is not over has a run that may be in the making"

    async with worker_process(settings, log):
        asset = await api.ended(asset_id)
    assert (asset["status"], asset["attempt"]) == ("ready", 2), asset
    await cleanup.sweep()
    assert await runs() == {"r1", "r2"}
    await a_day_later()
    assert await runs() == {"r2"}
    assert await store.exists(f"media/{asset['hls']}")
    # It is done once.
    assert await Leftovers(db).ended(10) == []
    await db.stop()


async def test_stopped_worker_gives_the_job_back(api: Api, settings: Settings, long_clip: Path) -> None:
    asset_id = await api.upload(long_clip)
    async with working(settings):
        await api.until(asset_id, lambda asset: asset["status"] == "encoding" and asset["progress"] > 0.05)
    assert not children_in(settings.work_dir)
    db = Database(settings.database_url)
    await db.start()
    jobs = await db.pool.fetch("SELECT status::text FROM procrastinate_jobs")
    strikes = await db.pool.fetchval("SELECT strikes FROM assets")
    await db.stop()
    assert ([job["status"] for job in jobs], strikes) == (["todo"], 0)


async def test_cancelled_then_tried_again(api: Api, worker: Worker, settings: Settings, clip: Path) -> None:
    asset_id = await api.upload(clip)
    await api.until(asset_id, lambda asset: asset["status"] == "encoding")
    cancelled = await api.client.post(f"{ASSETS}/{asset_id}/cancel", headers=api.headers)
    assert cancelled.json()["error"]["code"] == "cancelled"
    await eventually(lambda: not children_in(settings.work_dir))
    again = await api.client.post(f"{ASSETS}/{asset_id}/cancel", headers=api.headers)
    assert (again.status_code, again.json()["code"]) == (409, "asset_ended")
    retried = await api.client.post(f"{ASSETS}/{asset_id}/retry", headers=api.headers)
    assert (retried.json()["status"], retried.json()["error"]) == ("queued", None)
    assert (await api.ended(asset_id))["status"] == "ready"
    refused = await api.client.post(f"{ASSETS}/{asset_id}/retry", headers=api.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "asset_not_failed")


async def test_cancelled_before_it_began(api: Api, settings: Settings, clip: Path) -> None:
    asset_id = await api.upload(clip)
    await api.client.post(f"{ASSETS}/{asset_id}/cancel", headers=api.headers)
    async with working(settings) as running:
        later = await api.upload(clip)
        await api.until(later, lambda asset: asset["status"] != "queued")
        assert not running.jobs.folder(UUID(asset_id)).exists()
    assert (await api.get(f"{ASSETS}/{asset_id}"))["attempt"] == 0


async def test_job_that_keeps_killing_workers_ends(api: Api, settings: Settings, clip: Path) -> None:
    asset_id = UUID(await api.upload(clip))
    db = Database(settings.database_url)
    await db.start()
    for _ in range(settings.most_attempts):
        assert await Assets(db).begin(asset_id) is not None
    async with working(settings):
        asset = await api.ended(str(asset_id))
    await db.stop()
    assert (asset["status"], asset["error"]["code"]) == ("failed", "gave_up")


async def test_only_the_newest_attempt_may_write(api: Api, settings: Settings, clip: Path) -> None:
    asset_id = UUID(await api.upload(clip))
    db = Database(settings.database_url)
    await db.start()
    assets = Assets(db)
    old, new = await assets.begin(asset_id), await assets.begin(asset_id)
    assert old is not None
    assert new is not None
    assert not await assets.holds(asset_id, old.attempt)
    assert not await assets.progress(asset_id, old.attempt, "encoding", 0.5, tell=True)
    assert not await assets.fail(asset_id, old.attempt, "failed", "")
    assert await assets.progress(asset_id, new.attempt, "encoding", 0.5, tell=True)
    assert (await api.get(f"{ASSETS}/{asset_id}"))["progress"] == 0.5
    await db.stop()


async def test_master_comes_from_the_store_when_the_upload_is_elsewhere(
    api: Api, settings: Settings, clip: Path, tmp_path: Path
) -> None:
    asset_id = await api.upload(clip)
    elsewhere = settings.model_copy(update={"work_dir": tmp_path / "elsewhere", "encode_preset": "ultrafast"})
    async with working(elsewhere) as running:
        asset = await api.ended(asset_id)
        await eventually(lambda: not (running.jobs.folder(UUID(asset_id)) / SOURCE).exists())
    assert asset["status"] == "ready", asset


def test_small_masters_go_first() -> None:
    assert priority(10_000_000) > priority(2 * 1024**3) > priority(30 * 1024**3)
