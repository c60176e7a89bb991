"""Generated clips, the API over HTTP and a worker in this process, on a real database and a directory store."""

from __future__ import annotations

import asyncio
import base64
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from libs.chassis.data.database import Database
from libs.chassis.object_store import open_store
from pipelines.transcode.main import create_app
from pipelines.transcode.media.tools import Tools, installed
from pipelines.transcode.repository.assets import Assets
from pipelines.transcode.repository.leftovers import Leftovers
from pipelines.transcode.repository.uploads import KEPT, Uploads
from pipelines.transcode.service.cleanup import Cleanup
from pipelines.transcode.service.masters import Masters
from pipelines.transcode.service.spool import Spool
from pipelines.transcode.settings import Settings
from pipelines.transcode.worker import Worker
from tests.conftest import AuthHeaders, DatabaseFactory

UPLOADS = "/api/v1/admin/uploads"
ASSETS = "/api/v1/admin/assets"


def make_clip(
    path: Path,
    seconds: float = 6,
    size: str = "320x180",
    rate: str = "25",
    *,
    sound: bool = True,
    more: tuple[str, ...] = (),
    before_output: tuple[str, ...] = (),
) -> Path:
    """Write a moving test picture with a tone."""
    command = [installed().ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"]
    if sound:
        command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    command += [*before_output, "-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    command += ["-c:a", "aac"] if sound else []
    subprocess.run([*command, *more, str(path)], check=True, timeout=120)
    return path


@pytest.fixture(scope="session")
def tools() -> Tools:
    return installed()


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="session")
def clip(clips: Path) -> Path:
    """Eight seconds of 640x360 at 25 frames a second, with sound."""
    return make_clip(clips / "plain.mp4", 8, "640x360")


@pytest.fixture
def object_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A directory; a bucket for tests that ask for `api_on_s3` or are given the parameter "s3"."""
    if "api_on_s3" not in request.fixturenames and getattr(request, "param", "") != "s3":
        (tmp_path / "store").mkdir()
        yield f"file://{tmp_path / 'store'}"
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="films")
    yield f"s3://films/here?endpoint={endpoint}"
    server.stop()


@pytest.fixture
async def settings(
    database: DatabaseFactory, object_store: str, jwks_cache: str, tmp_path: Path, kafka_bootstrap: str
) -> Settings:
    return Settings(
        database_url=await database("pipelines.transcode"),
        object_store_url=object_store,
        work_dir=tmp_path / "work",
        jwks_cache=jwks_cache,
        kafka_bootstrap=kafka_bootstrap,
        encode_preset="ultrafast",
        encode_parallel=2,
        stalled_seconds=1.5,
    )


class Api:
    """A client of the API as one member of staff."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers

    async def create(self, length: int, playable_id: UUID | None = None, **metadata: str) -> httpx.Response:
        values = {"filename": "film.mp4", "playable_id": str(playable_id or uuid4()), **metadata}
        header = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())
        headers = {"Upload-Length": str(length), "Upload-Metadata": header, "Tus-Resumable": "1.0.0"}
        return await self.client.post(UPLOADS, headers={**self.headers, **headers})

    async def patch(self, where: str, offset: int, content: bytes | AsyncIterator[bytes]) -> httpx.Response:
        headers = {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Tus-Resumable": "1.0.0",
        }
        return await self.client.patch(where, content=content, headers={**self.headers, **headers})

    async def offset(self, where: str) -> int:
        response = await self.client.head(where, headers=self.headers)
        assert response.status_code == 200, response.status_code
        return int(response.headers["Upload-Offset"])

    async def get(self, where: str) -> Any:
        response = await self.client.get(where, headers=self.headers)
        assert response.status_code == 200, response.text
        return response.json()

    async def upload(self, path: Path, playable_id: UUID | None = None, **metadata: str) -> str:
        """Upload a file whole and return the asset's id."""
        created = await self.create(path.stat().st_size, playable_id, **metadata)
        assert created.status_code == 201, created.text
        where = created.headers["Location"]
        response = await self.patch(where, 0, path.read_bytes())
        assert response.status_code == 204, response.text
        return str((await self.get(where))["asset_id"])

    async def ended(self, asset_id: str, seconds: float = 240) -> Any:
        """Wait until an asset is ready or failed."""
        return await self.until(asset_id, lambda asset: asset["status"] in ("ready", "failed"), seconds)

    async def until(self, asset_id: str, wanted: Callable[[Any], bool], seconds: float = 240) -> Any:
        async with asyncio.timeout(seconds):
            while not wanted(asset := await self.get(f"{ASSETS}/{asset_id}")):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return asset


async def master(settings: Settings, where: str) -> bytes:
    """What has been received of an upload, read back from the object store."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        rows = await connection.fetch(
            "SELECT key, start, length FROM upload_parts WHERE upload_id = $1 ORDER BY start", where.rpartition("/")[2]
        )
    finally:
        await connection.close()
    data, store = b"", open_store(settings.object_store_url)
    for row in rows:
        assert row["start"] == len(data)
        data += await store.get_bytes(row["key"])
        assert len(data) == row["start"] + row["length"]
    return data


@dataclass
class Inside:
    """The tables and the cleanup, seen from inside."""

    settings: Settings
    connection: asyncpg.Connection
    cleanup: Cleanup

    async def jobs(self, where: str) -> int:
        """How many assets with a step of their own an upload became."""
        return int(
            await self.connection.fetchval(
                "SELECT count(*) FROM assets a JOIN steps s ON s.asset_id = a.id WHERE a.upload_id = $1",
                where.rpartition("/")[2],
            )
        )

    async def age(self, where: str, by: timedelta = KEPT + timedelta(days=1)) -> None:
        await self.connection.execute(
            "UPDATE uploads SET updated_at = updated_at - $2::interval WHERE id = $1", where.rpartition("/")[2], by
        )

    async def objects(self) -> list[str]:
        return await open_store(self.settings.object_store_url).list("masters")


@pytest.fixture
async def inside(settings: Settings) -> AsyncIterator[Inside]:
    db = Database(settings.database_url)
    await db.start()
    masters = Masters(open_store(settings.object_store_url))
    cleanup = Cleanup(Uploads(db), Assets(db), Leftovers(db), masters, Spool(settings.work_dir))
    connection = await asyncpg.connect(settings.database_url)
    yield Inside(settings, connection, cleanup)
    await connection.close()
    await db.stop()


async def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


MakeApi = Callable[..., Api]


@pytest.fixture
async def make_api(settings: Settings, auth_headers: AuthHeaders) -> AsyncIterator[MakeApi]:
    """`make_api(roles=[…])` → the API as a new member of staff."""
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://transcode", timeout=60) as client,
    ):

        def make(**claims: Any) -> Api:
            return Api(client, auth_headers(**{"roles": ["content_manager"], **claims}))

        yield make


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    return make_api()


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Worker]:
    """Run a worker in this process."""
    worker = Worker(settings)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)


@pytest.fixture
async def worker(settings: Settings, make_api: MakeApi) -> AsyncIterator[Worker]:
    async with working(settings) as running:
        yield running
