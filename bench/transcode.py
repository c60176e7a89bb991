"""How films share the workers: what a second machine is worth, when a clip is ready beside a film of hours, what a kill loses.

`python -m bench.transcode [film [machines|beside]]`. Real Postgres and workers as they run, with a directory as object store. A
machine is a worker, pinned to a core of its own, with a disk of its own. The long film is the short one, again and
again, for two hours.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.object_store import ObjectStore, open_store
from pipelines.transcode.media.film import Options
from pipelines.transcode.media.tools import installed
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.uploads import StoredPart, Uploads

REAL = Path(__file__).parents[2] / "shared" / "clips" / "bbb_1080p25_60s.mp4"
HOURS = 2
FILM_SECONDS, CLIP_SECONDS = 32, 3
SETTINGS = {"ENCODE_PRESET": "superfast", "STALLED_SECONDS": "4"}
NOTHING: Mapping[str, str] = {}
STATUS = "SELECT status FROM assets WHERE id = $1"
CHUNKS = "SELECT count(*) FROM steps WHERE asset_id = $1 AND kind = 'chunk' AND"


class Bench:
    """A database, a store and the workers over them."""

    def __init__(self, folder: Path, url: str, db: Database) -> None:
        self.folder = folder
        self.url = url
        self.db = db
        self.store_url = f"file://{folder / 'store'}"
        self.store: ObjectStore = open_store(self.store_url)

    @contextmanager
    def worker(
        self, name: str, core: int | None = None, more: Mapping[str, str] = NOTHING
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker, on one core where one is given."""
        told = {
            **SETTINGS,
            "DATABASE_URL": self.url,
            "OBJECT_STORE_URL": self.store_url,
            "WORK_DIR": str(self.folder / name),
            **more,
        }
        env = {f"BIJOU_{key}": value for key, value in told.items()}
        pin = ["taskset", "-c", str(core)] if core is not None else []
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [*pin, sys.executable, "-m", "pipelines.transcode.worker"]
            running = subprocess.Popen(command, env={**os.environ, **env}, stderr=log)
        try:
            yield running
        finally:
            running.terminate()
            running.wait(30)

    async def upload(self, path: Path) -> UUID:
        """Have a film arrive."""
        uploads, assets, upload_id = Uploads(self.db), Assets(self.db), new_id()
        key = f"masters/parts/{upload_id}/whole"
        await self.store.put_file(key, path)
        length = path.stat().st_size
        async with uploads.transaction() as connection:
            await connection.execute(
                "INSERT INTO uploads (id, account_id, playable_id, filename, length, received) VALUES ($1, $1, $1, 'f', $2, $2)",
                upload_id,
                length,
            )
            await uploads.add_parts(connection, upload_id, [StoredPart(key, 0, length)])
            (upload,) = await uploads.hold(connection, [upload_id])
            return await assets.complete(connection, upload)

    async def ready(self, asset_id: UUID) -> float:
        """Wait until a film is published; return how many seconds that took."""
        began = time.perf_counter()
        while (status := await self.db.pool.fetchval(STATUS, asset_id)) != "ready":
            if status == "failed":
                raise RuntimeError(f"the film failed: see the logs in {self.folder}")
            await asyncio.sleep(0.1)
        return time.perf_counter() - began

    async def chunks(self, asset_id: UUID, condition: str) -> int:
        """Return how many chunks of a film are so."""
        return int(await self.db.pool.fetchval(f"{CHUNKS} {condition}", asset_id))

    async def until(self, asset_id: UUID, condition: str, least: int) -> None:
        """Wait until so many chunks of a film are so."""
        while await self.chunks(asset_id, condition) < least:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def second_machine(bench: Bench, film: Path) -> None:
    """The same film by one machine and by two, at the default preset."""
    small = {"ENCODE_PRESET": Options().preset, "ENCODE_TOP": "720", "ENCODE_CHUNK_SECONDS": "4"}
    with bench.worker("a", 0, more=small):
        await bench.ready(await bench.upload(film.with_name("clip.mp4")))  # it has started
        one = await bench.ready(await bench.upload(film))
        with bench.worker("b", 1, more=small):
            await bench.ready(await bench.upload(film.with_name("clip.mp4")))
            two = await bench.ready(await bench.upload(film))
    print(f"{'one machine':<34}{one:8.1f} s\n{'two machines':<34}{two:8.1f} s")
    print(f"RESULT transcode_two_machines_vs_one={two / one:.2f}")


async def beside(bench: Bench, clip: Path, long: Path) -> None:
    """A clip beside a film of hours, by a worker for each core; then one of them is killed in the middle."""
    cores = len(os.sched_getaffinity(0))
    with ExitStack() as others:
        here = {"WORK_DIR": str(bench.folder / "c")}
        workers = [others.enter_context(bench.worker(f"c{core}", more=here)) for core in range(cores)]
        film = await bench.upload(long)
        await bench.until(film, "state = 'done'", cores + 1)
        seconds = await bench.ready(await bench.upload(clip))
        done = await bench.chunks(film, "state = 'done'")
        print(
            f"{f'a clip of {CLIP_SECONDS} s beside {HOURS} hours':<34}{seconds:8.1f} s   ({done} chunks of the film are done)"
        )
        print(f"RESULT transcode_clip_beside_film_seconds={seconds:.1f}")
        workers[0].kill()
        workers[0].wait()
        done = await bench.chunks(film, "state = 'done'")
        # Past the leases of what the killed one had in hand.
        await bench.until(film, "state = 'done'", done + 2 * cores)
        again = await bench.chunks(film, "takes > 1")
    print(f"{'a killed worker':<34}{again:8d} chunks made again; {done} were done before")
    print(f"RESULT transcode_lost_chunks={again}")
    await Assets(bench.db).fail(film, "cancelled", "")


async def measure(folder: Path, url: str, source: Path, what: str) -> None:
    db = Database(url)
    await db.start()
    try:
        bench = Bench(folder, url, db)
        clip, long, film = folder / "clip.mp4", folder / "long.mp4", folder / "film.mp4"
        cut(source, film, "-t", str(FILM_SECONDS))
        cut(source, clip, "-t", str(CLIP_SECONDS))
        if what != "beside":
            await second_machine(bench, film)
        if what != "machines":
            cut(source, long, "-t", str(HOURS * 3600), before=("-stream_loop", "-1"))
            await beside(bench, clip, long)
    finally:
        await db.stop()


def cut(source: Path, output: Path, *options: Any, before: tuple[str, ...] = ()) -> None:
    """Copy a stretch of a film."""
    ffmpeg = [installed().ffmpeg, "-v", "error", "-y", *before, "-i", str(source), *options]
    subprocess.run([*ffmpeg, "-c", "copy", str(output)], check=True)


def main() -> None:
    given, what = [*sys.argv[1:], "", ""][:2]
    source = Path(given) if given else REAL
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        postgres = Postgres(folder / "data", free_port(), "bench", folder / "postgres.log")
        try:
            postgres.start()
            migrations.upgrade("pipelines.transcode", postgres.url)
            asyncio.run(measure(folder, postgres.url, source, what))
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()
