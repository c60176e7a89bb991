"""The worker killed, stopped, fenced and cancelled in the middle of a film."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from libs.chassis.data.database import Database
from libs.chassis.object_store import open_store
from pipelines.transcode.media.film import SOURCE
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.leftovers import Leftovers
from pipelines.transcode.repository.uploads import Uploads
from pipelines.transcode.service.cleanup import Cleanup
from pipelines.transcode.service.masters import Masters
from pipelines.transcode.service.spool import Spool
from pipelines.transcode.settings import Settings
from pipelines.transcode.worker import Worker
from tests.transcode.conftest import ASSETS, Api, eventually, make_clip, working

# Workers encode with what others leave of the machine.
pytestmark = pytest.mark.timeout(600)
CHUNKS_DONE = "SELECT count(*) FROM steps WHERE kind = 'chunk' AND state = 'done'"
CHUNKS_IN_HAND = "SELECT count(*) FROM steps WHERE kind = 'chunk' AND state = 'doing'"

# A worker that dies when everything of a film is in the object store and nobody has been told.
DYING = """
from pipelines.transcode.worker import main
from tests.transcode.killed import deadly
deadly("pipelines.transcode.repository.assets:Assets.publish", "before")
main()
"""


@pytest.fixture
async def settings(settings: Settings) -> Settings:
    """Slow enough that there is a middle, in chunks of four seconds; as many at once as a worker does by itself."""
    parallel = Settings.model_fields["encode_parallel"].default
    return settings.model_copy(
        update={"encode_preset": "medium", "encode_chunk_seconds": 4, "encode_parallel": parallel}
    )


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


async def until_counted(settings: Settings, least: int, query: str) -> None:
    connection = await asyncpg.connect(settings.database_url)
    try:
        async with asyncio.timeout(90):
            while await connection.fetchval(query) < least:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def until_frozen_with_a_chunk(settings: Settings, worker: asyncio.subprocess.Process) -> None:
    """Stop the worker where it has a chunk in hand: between two chunks there is none to lose."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        async with asyncio.timeout(90):
            while True:
                worker.send_signal(signal.SIGSTOP)
                # What it had sent before it was stopped is written down by now, or never is.
                await asyncio.sleep(0.2)
                if await connection.fetchval(CHUNKS_IN_HAND):
                    return
                worker.send_signal(signal.SIGCONT)
                await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def until_nothing_is_kept(settings: Settings) -> None:
    """What was kept of a film's parts goes when it has been published."""
    async with asyncio.timeout(20):
        while await open_store(settings.object_store_url).list("work"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("object_store", ["s3"], indirect=True)
async def test_a_killed_worker_loses_one_chunk_at_most_and_another_machine_goes_on(
    api: Api, settings: Settings, long_clip: Path, tmp_path: Path
) -> None:
    """The other one has nothing of the first one's disk."""
    log, elsewhere = tmp_path / "worker.log", settings.model_copy(update={"work_dir": tmp_path / "elsewhere"})
    asset_id = await api.upload(long_clip)
    async with worker_process(settings, log) as first:
        await until_counted(settings, 2, CHUNKS_DONE)
        await until_frozen_with_a_chunk(settings, first)
        first.kill()
        await first.wait()
    await eventually(lambda: not children_in(settings.work_dir))
    (source,) = (settings.work_dir / "workers").glob(f"*/*/{SOURCE}")
    assert source.stat().st_mode & 0o077 == source.parent.stat().st_mode & 0o077 == 0
    assert [path for path in source.parent.glob("chunks/*/*") if path.stat().st_mode & 0o077] == []
    assert (await api.get(f"{ASSETS}/{asset_id}"))["status"] == "encoding"
    async with worker_process(elsewhere, log):
        asset = await api.ended(asset_id)
    assert (asset["status"], asset["attempt"]) == ("ready", 1), asset
    (made,) = logged(log, "film_made")
    assert made["taken_again"] == len(logged(log, "step_rescued")) == 1
    # One sound and five chunks, each made once but the one that was in hand.
    assert made["parts"] == 6
    assert len(logged(log, "part_made")) == 6
    await until_nothing_is_kept(settings)
    # The next worker of that machine clears away what the killed one left.
    assert list((settings.work_dir / "workers").glob("*/*"))
    async with working(settings) as third:
        await eventually(lambda: not list((settings.work_dir / "workers").glob("*/*")))
        assert [lock.stem for lock in (settings.work_dir / "workers").glob("*.lock")] == [third.workplace.home.name]


async def test_workers_of_one_machine_keep_a_film_once(api: Api, settings: Settings, long_clip: Path) -> None:
    asset_id = await api.upload(long_clip)
    async with working(settings) as first, working(settings) as second:
        homes = [worker.workplace.home for worker in (first, second)]
        await eventually(lambda: all((home / asset_id / SOURCE).exists() for home in homes), 60)
        assert len({(home / asset_id / SOURCE).stat().st_ino for home in homes}) == 1
        assert (await api.ended(asset_id))["status"] == "ready"
        assert not list((settings.work_dir / "workers").glob("*.coming"))


async def test_a_late_result_of_a_stale_worker_changes_nothing(
    api: Api, settings: Settings, clip: Path, tmp_path: Path
) -> None:
    """A worker is frozen with a chunk in hand until others have published the film; then it goes on."""
    log = tmp_path / "worker.log"
    asset_id = await api.upload(clip)
    async with worker_process(settings, log) as first:
        await until_counted(settings, 1, CHUNKS_IN_HAND)
        frozen = [psutil.Process(first.pid), *psutil.Process(first.pid).children(recursive=True)]
        # A child may just have ended.
        for process in frozen:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            async with worker_process(settings.model_copy(update={"work_dir": tmp_path / "elsewhere"}), log):
                asset = await api.ended(asset_id)
        finally:
            for process in frozen:
                with suppress(psutil.NoSuchProcess):
                    process.resume()
        await eventually(lambda: bool(logged(log, "step_fenced")))
    assert asset["status"] == "ready", asset
    assert await api.get(f"{ASSETS}/{asset_id}") == asset
    store = open_store(settings.object_store_url)
    await until_nothing_is_kept(settings)
    assert {key.split("/")[2] for key in await store.list("media")} == {"r1"}


@pytest.mark.parametrize("damage", ["a part is gone", "the plan is another version's"])
async def test_what_the_store_has_no_longer_is_made_again(
    api: Api, settings: Settings, clip: Path, tmp_path: Path, damage: str
) -> None:
    log, store = tmp_path / "worker.log", open_store(settings.object_store_url)
    asset_id = await api.upload(clip)
    async with worker_process(settings, log) as first:
        await until_counted(settings, 1, CHUNKS_DONE)
        first.kill()
        await first.wait()
    keys = await store.list(f"work/{asset_id}")
    if damage == "a part is gone":
        (gone,) = [key for key in keys if "/chunk-0-" in key and key.endswith("v360.mp4")]
        await store.delete_prefix(gone)
    else:
        (plan,) = [key for key in keys if key.endswith("plan.json")]
        await store.put_bytes(plan, b'{"name": "source.bin"}')
    async with worker_process(settings, log):
        asset = await api.ended(asset_id)
    assert asset["status"] == "ready", asset
    assert [line["part"] for line in logged(log, "part_gone")] == (["chunk 0"] if damage == "a part is gone" else [])
    assert len(logged(log, "plan_unreadable")) == (damage != "a part is gone")


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


async def test_stopped_worker_gives_its_steps_back(api: Api, settings: Settings, long_clip: Path) -> None:
    asset_id = await api.upload(long_clip)
    async with working(settings):
        await api.until(asset_id, lambda asset: asset["status"] == "encoding" and asset["progress"] > 0.05)
    assert not children_in(settings.work_dir)
    connection = await asyncpg.connect(settings.database_url)
    rows = await connection.fetch("SELECT DISTINCT state, strikes FROM steps WHERE state <> 'done'")
    await connection.close()
    assert [tuple(row) for row in rows] == [("waiting", 0)]


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
        assert not list(running.workplace.home.glob(f"{asset_id}*"))
    assert (await api.get(f"{ASSETS}/{asset_id}"))["attempt"] == 0


async def test_a_step_that_keeps_killing_workers_ends_its_film(api: Api, settings: Settings, clip: Path) -> None:
    asset_id = await api.upload(clip)
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("UPDATE steps SET strikes = $1", settings.most_attempts)
    await connection.close()
    async with working(settings):
        asset = await api.ended(asset_id)
    assert (asset["status"], asset["error"]["code"]) == ("failed", "gave_up")
