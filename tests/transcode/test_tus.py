"""The extensions of tus that are spoken here, each by what it promises; what is not spoken is refused at creation."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from uuid import uuid4

import httpx
import pytest

from pipelines.transcode.main import create_app
from pipelines.transcode.settings import Settings
from tests.conftest import AuthHeaders
from tests.transcode.conftest import UPLOADS, Api, MakeApi, master
from tests.transcode.servers import noise

OFFSET_TYPE = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


async def begin(api: Api, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.client.post(UPLOADS, headers={**api.headers, **names})


async def partial(api: Api, data: bytes) -> str:
    where = (await begin(api, Upload_Length=str(len(data)), Upload_Concat="partial")).headers["Location"]
    if data:
        assert (await api.patch(where, 0, data)).status_code == 204
    return where


async def join(api: Api, *parts: str, **more: str) -> httpx.Response:
    film = metadata(playable_id=str(uuid4()), filename="film.mp4")
    return await begin(api, Upload_Concat=f"final;{' '.join(parts)}", Upload_Metadata=film, **more)


async def test_options_list_exactly_what_is_there(api: Api) -> None:
    answer = await api.client.options(UPLOADS)
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "expiration", "checksum", "termination", "concatenation",
    }  # fmt: skip
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


async def test_head_says_what_was_said_at_the_beginning(api: Api) -> None:
    film = metadata(playable_id=str(uuid4()), filename="Grüße.mp4")
    where = (await begin(api, Upload_Length="7", Upload_Metadata=film)).headers["Location"]
    head = await api.client.head(where, headers=api.headers)
    told = {
        name: head.headers.get(name) for name in ("Upload-Metadata", "Upload-Length", "Upload-Offset", "Upload-Concat")
    }
    assert told == {"Upload-Metadata": film, "Upload-Length": "7", "Upload-Offset": "0", "Upload-Concat": None}
    assert head.headers["Cache-Control"] == "no-store"
    created = (await api.get(where))["created_at"]
    assert parsedate_to_datetime(head.headers["Upload-Expires"]).isoformat() > created
    await api.patch(where, 0, noise(7))
    assert "Upload-Expires" not in (await api.client.head(where, headers=api.headers)).headers


async def test_parts_become_one_film(api: Api, settings: Settings) -> None:
    data = noise(50_000)
    parts = [await partial(api, data[:20_000]), await partial(api, b""), await partial(api, data[20_000:])]
    head = await api.client.head(parts[0], headers=api.headers)
    assert (head.headers["Upload-Concat"], head.headers["Upload-Offset"]) == ("partial", "20000")
    assert (await api.get(parts[0]))["asset_id"] is None, "a part alone is no film"
    made = await join(api, f"https://bijou.example{parts[0]}", *parts[1:])
    assert made.status_code == 201, made.text
    where = made.headers["Location"]
    assert await master(settings, where) == data
    assert (await api.get(where))["asset_id"]
    head = await api.client.head(where, headers=api.headers)
    assert head.headers["Upload-Concat"] == f"final;https://bijou.example{' '.join(parts)}"
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("50000", "50000")
    assert (await api.patch(where, 50_000, b"x")).json()["code"] == "upload_joined"
    again = await join(api, f"https://bijou.example{parts[0]}", *parts[1:])
    assert (again.status_code, again.headers["Location"]) == (201, where), "an answer that was lost is given again"
    assert (await join(api, *reversed(parts))).json()["code"] == "upload_parts_missing"


async def test_parts_that_are_not_whole_or_not_ones_own_are_refused(make_api: MakeApi) -> None:
    api, other = make_api(), make_api()
    whole, theirs = await partial(api, noise(10)), await partial(other, noise(10))
    half = (await begin(api, Upload_Length="10", Upload_Concat="partial")).headers["Location"]
    ordinary = (await api.create(10)).headers["Location"]
    for bad in (half, ordinary, whole):
        assert (await join(api, whole, bad)).json()["code"] == "upload_parts_missing"
    assert (await join(api, whole, theirs)).json()["code"] == "upload_not_found"
    assert (await join(api, await partial(api, b""))).json()["code"] == "upload_empty"
    assert (await join(api, whole, Upload_Length="10")).json()["code"] == "bad_upload_header"
    assert (await join(api, whole)).status_code == 201


@pytest.mark.parametrize("value", ["final", "final;", "final;/somewhere/else", "halves", "partial;x"])
async def test_malformed_concatenation_is_refused(api: Api, value: str) -> None:
    answer = await begin(
        api, Upload_Length="5", Upload_Concat=value, Upload_Metadata=metadata(playable_id=str(uuid4()))
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_upload_header")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_what_does_not_add_up_is_thrown_away(api: Api, settings: Settings, algorithm: str) -> None:
    data, where = noise(1000), (await api.create(1000)).headers["Location"]

    async def send(offset: int, body: bytes, header: str) -> httpx.Response:
        headers = {**api.headers, "Upload-Offset": str(offset), "Content-Type": OFFSET_TYPE, "Upload-Checksum": header}
        return await api.client.patch(where, content=body, headers=headers)

    assert (await send(0, data[:400], checksum(data[:400], algorithm))).status_code == 204
    wrong = await send(400, data[:600], checksum(data[400:], algorithm))
    assert (wrong.status_code, wrong.json()["code"]) == (460, "upload_checksum_mismatch")
    assert await api.offset(where) == 400
    assert await master(settings, where) == data[:400]
    assert (await send(400, data[400:], checksum(data[400:], algorithm))).status_code == 204
    assert await master(settings, where) == data


@pytest.mark.parametrize("header", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1 ???", "sha256 YQ==", "sha1", ""])
async def test_unknown_checksums_are_refused(api: Api, header: str) -> None:
    where = (await api.create(10)).headers["Location"]
    headers = {**api.headers, "Upload-Offset": "0", "Content-Type": OFFSET_TYPE, "Upload-Checksum": header}
    answer = await api.client.patch(where, content=noise(10), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_upload_checksum")
    assert await api.offset(where) == 0


async def test_an_empty_file_and_a_length_to_be_said_later_are_refused(api: Api) -> None:
    empty = await api.create(0)
    assert (empty.status_code, empty.json()["code"]) == (422, "upload_empty")
    later = await begin(api, Upload_Defer_Length="1", Upload_Metadata=metadata(playable_id=str(uuid4())))
    assert (later.status_code, later.json()["code"]) == (400, "bad_upload_header")
    assert "length" in later.json()["detail"]


async def test_first_bytes_may_come_with_the_creation(api: Api, settings: Settings) -> None:
    headers = {
        **api.headers,
        "Upload-Length": "100",
        "Upload-Metadata": metadata(playable_id=str(uuid4())),
        "Content-Type": OFFSET_TYPE,
    }
    made = await api.client.post(UPLOADS, headers=headers, content=noise(60))
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "60")
    assert await master(settings, made.headers["Location"]) == noise(60)


@pytest.fixture
async def few(settings: Settings, auth_headers: AuthHeaders) -> AsyncIterator[Api]:
    """An API that allows three unfinished uploads."""
    app = create_app(settings.model_copy(update={"most_uploads": 3}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://transcode") as client,
    ):
        yield Api(client, auth_headers(roles=["content_manager"]))


async def test_unfinished_uploads_are_limited_in_number(few: Api) -> None:
    made = [await few.create(10) for _ in range(4)]
    assert [answer.status_code for answer in made] == [201, 201, 201, 429]
    assert (made[3].json()["code"], made[3].json()["most"]) == ("too_many_uploads", 3)
    assert (await few.patch(made[0].headers["Location"], 0, noise(10))).status_code == 204
    assert (await few.create(10)).status_code == 201, "a finished one does not count"
