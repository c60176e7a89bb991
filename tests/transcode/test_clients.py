"""Other people's clients, as they are, through the gateway: tus-js-client and Uppy, whole, in parallel, paused, and with a
service that goes away in the middle."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from deploy.local import web
from pipelines.transcode.settings import Settings
from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start, start
from tests.transcode.conftest import UPLOADS, master
from tests.transcode.servers import api_process, free_port, noise

__all__ = ["start"]

CLIENTS = Path(__file__).parent / "clients"
SIZE = 6_000_000
CHUNK = 500_000


@pytest.fixture(scope="session")
def packages() -> Path:
    """The clients' packages as their lock names them, installed once."""
    wanted = web.fingerprint([CLIENTS / "package.json", CLIENTS / "package-lock.json"], CLIENTS)
    stamp = CLIENTS / "node_modules" / ".fingerprint"
    if not stamp.is_file() or stamp.read_text() != wanted:
        assert web.run(CLIENTS, "ci", "--no-audit", "--no-fund", "--loglevel=error") == 0
        stamp.write_text(wanted)
    return CLIENTS


class Told:
    """What a client says while it uploads."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.last: dict[str, Any] = {}

    async def until(self, *events: str, sent: int = 0) -> dict[str, Any]:
        """The next of these events, with at least so many bytes sent."""
        assert self.process.stdout is not None
        async with asyncio.timeout(120):
            async for line in self.process.stdout:
                self.last = json.loads(line)
                assert self.last["event"] != "error", self.last["message"]
                if self.last["event"] in events and self.last.get("bytes", sent) >= sent:
                    return self.last
        raise AssertionError(f"the client ended after {self.last}")


@asynccontextmanager
async def uploading(endpoint: str, file: Path, headers: dict[str, str], **options: Any) -> AsyncIterator[Told]:
    values = {
        "endpoint": endpoint,
        "file": str(file),
        "headers": headers,
        "metadata": {"filename": file.name, "playable_id": str(uuid4())},
        "chunkSize": CHUNK,
        "retryDelays": [0, *[250] * 200],
        **options,
    }
    process = await asyncio.create_subprocess_exec(
        str(web.node_home() / "bin" / "node"),
        "upload.mjs",
        json.dumps(values),
        cwd=CLIENTS,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "*"},
    )
    try:
        yield Told(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.mp4"
    path.write_bytes(noise(SIZE))
    return path


async def assert_one_film(settings: Settings, url: str, film: Path, uploads: int) -> None:
    """The film arrived whole, once, and nothing was begun a second time."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM assets") == 1
        assert await connection.fetchval("SELECT count(*) FROM uploads") == uploads
        upload = await connection.fetchval("SELECT upload_id FROM assets")
    finally:
        await connection.close()
    assert url.endswith(str(upload))
    assert await master(settings, url) == film.read_bytes()


WAYS: dict[str, dict[str, Any]] = {
    "tus": {"client": "tus"},
    "tus, two at once": {"client": "tus", "parallelUploads": 2},
    "tus, two at once, paused": {"client": "tus", "parallelUploads": 2, "pauseAt": SIZE // 3},
    "tus, paused": {"client": "tus", "pauseAt": SIZE // 3},
    "tus, without PATCH, bytes with the creation": {
        "client": "tus", "overridePatchMethod": True, "uploadDataDuringCreation": True,
    },
    "Uppy": {"client": "uppy"},
    "Uppy, paused": {"client": "uppy", "pauseAt": SIZE // 3},
    "Uppy, two at once": {"client": "uppy", "parallelUploads": 2},
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_a_film_arrives_whole(
    way: str, packages: Path, start: Start, settings: Settings, auth_headers: AuthHeaders, film: Path
) -> None:
    port = free_port()
    async with (
        api_process(settings, port),
        start({"transcode": f"http://127.0.0.1:{port}"}) as gateway,
        uploading(f"{gateway.base_url}{UPLOADS}", film, auth_headers(roles=["content_manager"]), **WAYS[way]) as told,
    ):
        url = (await told.until("success"))["url"]
    await assert_one_film(settings, url, film, 3 if "two" in way else 1)


@pytest.mark.parametrize("way", ["tus", "tus, two at once", "Uppy"])
async def test_a_service_that_restarts_costs_nobody_their_upload(
    way: str, packages: Path, start: Start, settings: Settings, auth_headers: AuthHeaders, film: Path
) -> None:
    port = free_port()
    async with (
        start({"transcode": f"http://127.0.0.1:{port}"}) as gateway,
        AsyncExitStack() as later,
    ):
        async with api_process(settings, port) as process:
            told = await later.enter_async_context(
                uploading(f"{gateway.base_url}{UPLOADS}", film, auth_headers(roles=["content_manager"]), **WAYS[way])
            )
            await told.until("sent", sent=SIZE // 3)
            process.kill()
            await process.wait()
        asked = await gateway.head(f"{UPLOADS}/{uuid4()}", headers=auth_headers(roles=["content_manager"]))
        assert (asked.status_code, "Retry-After" in asked.headers) == (423, True)
        async with api_process(settings, port):
            url = (await told.until("success"))["url"]
    await assert_one_film(settings, url, film, 3 if "two" in way else 1)


async def test_a_method_is_overridden_for_uploads_only(
    start: Start, settings: Settings, auth_headers: AuthHeaders
) -> None:
    port, headers = free_port(), auth_headers(roles=["content_manager"])
    async with api_process(settings, port), start({"transcode": f"http://127.0.0.1:{port}"}) as gateway:

        async def post(path: str, method: str, **more: Any) -> httpx.Response:
            return await gateway.post(path, headers={**headers, "X-HTTP-Method-Override": method, **more})

        metadata = "playable_id NDkxNTgxMjUtNjYwYS00M2Q4LTk5YmUtZTIxODBkNmQ4YzQ1"
        made = await gateway.post(UPLOADS, headers={**headers, "Upload-Length": "5", "Upload-Metadata": metadata})
        where = made.headers["Location"]
        assert (await post(where, "HEAD")).headers["Upload-Offset"] == "0"
        assert (await post(where, "GET")).status_code == 405
        assert (await gateway.post(where, headers=headers)).status_code == 405
        assert (await post(f"/api/v1/admin/assets/{uuid4()}/cancel", "DELETE")).json()["code"] == "asset_not_found"
        stranger = auth_headers(roles=["content_manager"])
        refused = await gateway.post(where, headers={**stranger, "X-HTTP-Method-Override": "DELETE"})
        assert refused.status_code == 404
        assert (await post(where, "DELETE")).status_code == 204
        assert (await gateway.head(where, headers=headers)).status_code == 404
