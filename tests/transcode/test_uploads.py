"""Uploads by tus: exact offsets, cuts, liars, crowds, other people's, and a server killed in the middle."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from pipelines.transcode.main import create_app
from pipelines.transcode.service.masters import PART
from pipelines.transcode.settings import Settings
from tests.conftest import AuthHeaders
from tests.transcode.conftest import ASSETS, UPLOADS, Api, MakeApi, master
from tests.transcode.servers import api_process, cut, free_port, noise, served


async def test_options_say_what_is_spoken(api: Api, settings: Settings) -> None:
    response = await api.client.options(UPLOADS)
    assert response.status_code == 204
    assert response.headers["Tus-Version"] == "1.0.0"
    assert response.headers["Tus-Max-Size"] == str(settings.max_upload_bytes)


async def test_created_then_appended_in_parts(api: Api, settings: Settings) -> None:
    data = noise(100_000)
    created = await api.create(len(data) + 1)
    assert created.status_code == 201
    where = created.headers["Location"]
    assert where.startswith("/api/v1/admin/uploads/")
    for start in range(0, len(data), 30_000):
        response = await api.patch(where, start, data[start : start + 30_000])
        assert response.status_code == 204
        assert int(response.headers["Upload-Offset"]) == min(start + 30_000, len(data))
    assert await master(settings, where) == data
    head = await api.client.head(where, headers=api.headers)
    assert (head.headers["Upload-Length"], head.headers["Cache-Control"]) == (str(len(data) + 1), "no-store")
    assert (await api.get(where))["asset_id"] is None


@pytest.mark.parametrize("offset", [0, 9, 11, 10**15])
async def test_lying_offset_is_refused(api: Api, settings: Settings, offset: int) -> None:
    where = (await api.create(100)).headers["Location"]
    await api.patch(where, 0, noise(10))
    response = await api.patch(where, offset, noise(5, 8))
    assert response.status_code == 409
    assert (response.json()["code"], response.json()["offset"]) == ("offset_mismatch", 10)
    assert await master(settings, where) == noise(10)


@pytest.mark.parametrize("offset", ["-1", "ten", "", "1" * 40, "٣"])
async def test_malformed_offset_is_refused(api: Api, offset: str) -> None:
    where = (await api.create(100)).headers["Location"]
    headers = {**api.headers, "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream"}
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    response = await api.client.patch(where, content=b"x", headers=raw)
    assert (response.status_code, response.json()["code"]) == (400, "bad_upload_header")


async def test_more_than_announced_is_refused(api: Api, settings: Settings) -> None:
    where = (await api.create(100)).headers["Location"]
    response = await api.patch(where, 0, noise(101))
    assert (response.status_code, response.json()["code"]) == (413, "upload_overrun")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield noise(40)

    response = await api.patch(where, 0, pieces())
    assert (response.status_code, response.json()["code"]) == (413, "upload_overrun")
    assert await api.offset(where) <= 100


async def test_creation_limits(make_api: MakeApi, settings: Settings) -> None:
    api = make_api()
    assert (await api.create(settings.max_upload_bytes + 1)).json()["code"] == "upload_too_large"
    assert (await api.create(5, playable_id=None, filename="x")).status_code == 201
    bad = await api.client.post(UPLOADS, headers={**api.headers, "Upload-Length": "5"})
    assert bad.status_code == 422
    bad = await api.client.post(UPLOADS, headers={**api.headers, "Upload-Metadata": "filename ****"})
    assert bad.status_code == 400
    old = await api.client.post(UPLOADS, headers={**api.headers, "Upload-Length": "5", "Tus-Resumable": "0.2.2"})
    assert (old.status_code, old.headers["Tus-Version"]) == (412, "1.0.0")


@pytest.fixture
def small_quota(settings: Settings) -> Settings:
    return settings.model_copy(update={"upload_quota_bytes": 1000})


async def test_quota_counts_unfinished_uploads(small_quota: Settings, auth_headers: AuthHeaders) -> None:
    app = create_app(small_quota)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://transcode") as client,
    ):
        api = Api(client, auth_headers(roles=["content_manager"]))
        answers = await asyncio.gather(*(api.create(300) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [201] * 3 + [413] * 5
        where = next(answer.headers["Location"] for answer in answers if answer.status_code == 201)
        assert (await client.delete(where, headers=api.headers)).status_code == 204
        assert (await api.create(300)).status_code == 201
        other = Api(client, auth_headers(roles=["content_manager"]))
        assert (await other.create(1000)).status_code == 201


async def test_one_writer_at_a_time(api: Api, settings: Settings) -> None:
    where = (await api.create(1000)).headers["Location"]
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield noise(10)
        begun.set()
        await release.wait()
        yield noise(10)

    first = asyncio.create_task(api.patch(where, 0, slow()))
    await asyncio.wait_for(begun.wait(), 10)
    others = await asyncio.gather(*(api.patch(where, 0, b"other") for _ in range(6)))
    assert {response.status_code for response in others} == {423}
    assert (await api.client.delete(where, headers=api.headers)).status_code == 423
    release.set()
    assert (await first).headers["Upload-Offset"] == "20"
    assert await master(settings, where) == noise(10) * 2


async def test_racing_writers_leave_one_of_them(api: Api, settings: Settings) -> None:
    where = (await api.create(50_000)).headers["Location"]
    bodies = [bytes([number]) * 40_000 for number in range(8)]
    answers = await asyncio.gather(*(api.patch(where, 0, body) for body in bodies))
    won = [body for body, answer in zip(bodies, answers, strict=True) if answer.status_code == 204]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} <= {204, 409, 423}
    assert await master(settings, where) == won[0]


async def test_access(make_api: MakeApi) -> None:
    owner, other, viewer = make_api(), make_api(), make_api(roles=[])
    chief = make_api(roles=["super_admin"])
    where = (await owner.create(10)).headers["Location"]
    assert (await owner.client.head(where)).status_code == 401
    assert (await viewer.client.head(where, headers=viewer.headers)).status_code == 403
    assert (await viewer.create(10)).status_code == 403
    assert (await other.client.head(where, headers=other.headers)).status_code == 404
    assert (await other.patch(where, 0, b"x")).status_code == 404
    assert (await other.client.delete(where, headers=other.headers)).status_code == 404
    assert (await other.client.get(where, headers=other.headers)).json()["code"] == "upload_not_found"
    assert (await chief.get(where))["length"] == 10
    assert (await owner.client.get(f"{ASSETS}/{uuid4()}", headers=owner.headers)).status_code == 404
    assert (await owner.client.get(f"{ASSETS}/{uuid4()}")).status_code == 401


async def test_last_byte_makes_one_asset(api: Api) -> None:
    where = (await api.create(10)).headers["Location"]
    answers = await asyncio.gather(*(api.patch(where, 0, noise(10)) for _ in range(5)))
    assert {answer.status_code for answer in answers} <= {204, 409, 423}
    upload = await api.get(where)
    assert upload["offset"] == 10
    asset = await api.get(f"{ASSETS}/{upload['asset_id']}")
    assert (asset["status"], asset["progress"], asset["upload_id"]) == ("queued", 0, upload["id"])
    again = await api.patch(where, 10, b"")
    assert again.status_code == 204
    assert (await api.get(where))["asset_id"] == upload["asset_id"]
    assert (await api.client.delete(where, headers=api.headers)).json()["code"] == "upload_finished"


async def test_cut_fifty_times_is_byte_identical(settings: Settings, auth_headers: AuthHeaders) -> None:
    data, chance = noise(3_000_000), random.Random(42)
    async with served(settings) as address, httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}") as client:
        api = Api(client, auth_headers(roles=["content_manager"]))
        where = (await api.create(len(data))).headers["Location"]
        for _ in range(50):
            offset = await api.offset(where)
            await cut(address, where, api.headers, offset, data, chance.randrange(0, 60_000))
        async with asyncio.timeout(60):
            while (offset := await api.offset(where)) < len(data):
                response = await api.patch(where, offset, data[offset:])
                assert response.status_code in (204, 409, 423), response.text
        assert (await api.get(where))["asset_id"]
        assert await master(settings, where) == data


async def go_on(api: Api, where: str, offset: int, data: bytes) -> httpx.Response:
    """Append as soon as the claim of a writer that was killed has run out, as a client does that is told to wait."""
    deadline = asyncio.get_running_loop().time() + 30
    while (response := await api.patch(where, offset, data)).status_code == 423:
        assert asyncio.get_running_loop().time() < deadline, "it stayed claimed"
        await asyncio.sleep(0.2)
    return response


async def test_acknowledged_bytes_survive_a_kill(settings: Settings, auth_headers: AuthHeaders) -> None:
    data, port, acknowledged, where = noise(PART + 6_000_000), free_port(), 0, ""
    headers = auth_headers(roles=["content_manager"])
    for _ in range(2):
        async with (
            api_process(settings, port) as process,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            api = Api(client, headers)
            where = where or (await api.create(len(data))).headers["Location"]
            assert await api.offset(where) >= acknowledged
            acknowledged = await api.offset(where)
            response = await go_on(api, where, acknowledged, data[acknowledged : acknowledged + 1_000_000])
            assert response.status_code == 204
            acknowledged = int(response.headers["Upload-Offset"])
            await cut(("127.0.0.1", port), where, headers, acknowledged, data, 2_500_000)
            process.kill()
            await process.wait()
    async with served(settings) as address, httpx.AsyncClient(base_url=f"http://{address[0]}:{address[1]}") as client:
        api = Api(client, headers)
        offset = await api.offset(where)
        assert offset >= acknowledged
        response = await go_on(api, where, offset, data[offset:])
        assert response.status_code == 204, response.text
        assert (await api.get(where))["asset_id"]
        assert await master(settings, where) == data
