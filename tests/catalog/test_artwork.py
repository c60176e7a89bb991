"""Pictures in: checked, stripped, in our sizes, under names that never change their content."""

import asyncio
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.catalog import images
from tests.catalog.conftest import Catalog


def picture(width: int = 900, height: int = 1350, fmt: str = "JPEG", mode: str = "RGB", **save: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), (200, 60, 20) if mode == "RGB" else (200, 60, 20, 90)).save(out, fmt, **save)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A whole PNG of one bit a pixel, a few kilobytes long, made without ever holding its pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    squeeze = zlib.compressobj()
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


async def put(catalog: Catalog, path: str, data: bytes) -> Any:
    return await catalog.edit("PUT", path, content=data, headers={"Content-Type": "image/jpeg"})


async def test_a_poster_is_made_in_our_sizes_and_shown(catalog: Catalog) -> None:
    made = await catalog.film()
    answer = await put(catalog, f"/titles/{made['id']}/artwork/poster", picture(fmt="PNG"))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["url"].endswith("-640.webp"), "never enlarged, and 640 is what answers name"
    assert body["color"] == "#c83c14"
    assert body["blurhash"]
    stored = Path(catalog.store.removeprefix("file://")) / body["url"].lstrip("/")
    with Image.open(stored) as kept:
        assert (kept.format, kept.size) == ("WEBP", (640, 960))
    shown = (await catalog.get(f"/titles/{made['id']}")).json()["artwork"]
    assert (shown["poster"], shown["backdrop"], shown["logo"]) == (body["url"], None, None)
    card = (await catalog.get("/titles")).json()["items"][0]
    assert card["poster_url"] == body["url"]
    assert card["poster_srcset"].count(",") == 1
    assert card["blurhash"] == shown["blurhash"] == body["blurhash"]
    assert card["backdrop_blurhash"] is shown["backdrop_blurhash"] is None
    assert (await catalog.events(made["id"]))[-1]["poster_url"] == body["url"]


async def test_other_posters_of_a_title_are_told_by_name_and_none_where_a_language_has_its_own(
    catalog: Catalog,
) -> None:
    made = await catalog.film()
    path = f"/titles/{made['id']}/artwork"
    assert (await catalog.get("/titles")).json()["items"][0]["other_posters"] == {}
    for kind in ("poster", "poster_2", "poster_4"):
        answer = await put(catalog, f"{path}/{kind}", picture(64, 96))
        assert answer.status_code == 200, answer.text
    assert (await put(catalog, f"{path}/poster_5", picture(64, 96))).status_code == 422
    (event, *_) = reversed(await catalog.events(made["id"]))
    assert event["other_posters"] == ["poster_2", "poster_4"]
    card = (await catalog.get("/titles")).json()["items"][0]
    assert set(card["other_posters"]) == {"poster_2", "poster_4"}
    assert card["other_posters"]["poster_4"]["url"] == answer.json()["url"]
    assert (await put(catalog, f"{path}/poster?language=de", picture(96, 64))).status_code == 200
    german = (await catalog.get("/titles", headers={**catalog.viewer, "Accept-Language": "de"})).json()["items"][0]
    assert german["poster_url"] != card["poster_url"]
    assert german["other_posters"] == {}


async def test_another_picture_has_another_name(catalog: Catalog) -> None:
    made = await catalog.film()
    path = f"/titles/{made['id']}/artwork/backdrop"
    first = (await put(catalog, path, picture(1920, 1080))).json()["url"]
    again = (await put(catalog, path, picture(1920, 1080))).json()["url"]
    other = (await put(catalog, path, picture(1919, 1080))).json()["url"]
    assert first == again != other
    assert (Path(catalog.store.removeprefix("file://")) / first.lstrip("/")).is_file(), (
        "old pages still show the old one"
    )


async def test_a_logo_keeps_its_transparency_and_an_episode_its_still(catalog: Catalog) -> None:
    series, made = await catalog.series(seasons=1, episodes=1)
    logo = (await put(catalog, f"/titles/{series}/artwork/logo", picture(300, 100, "PNG", "RGBA"))).json()
    with Image.open(Path(catalog.store.removeprefix("file://")) / logo["url"].lstrip("/")) as kept:
        assert kept.mode == "RGBA"
    still = (await put(catalog, f"/episodes/{made[0][0]['id']}/still", picture(1280, 720, "WEBP"))).json()
    shown = (await catalog.get(f"/titles/{series}/seasons/1/episodes")).json()["items"][0]
    assert shown["still_url"] == still["url"]
    assert (await catalog.events(series))[-1]["playables"][0]["still_url"] == still["url"]


async def test_each_picture_that_is_replaced_is_told(catalog: Catalog) -> None:
    made = await catalog.film()
    for kind in ("poster", "backdrop", "logo"):
        await put(catalog, f"/titles/{made['id']}/artwork/{kind}", picture(64, 64))
    for size, kind in enumerate(("poster", "backdrop", "logo"), 65):
        told = len(await catalog.events(made["id"]))
        url = (await put(catalog, f"/titles/{made['id']}/artwork/{kind}", picture(size, 64))).json()["url"]
        events = await catalog.events(made["id"])
        assert (len(events), events[-1][f"{kind}_url"]) == (told + 1, url)


def test_only_the_pixels_are_kept_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "a camera with a serial number"
    prepared = images.prepare(picture(400, 200, exif=exif), "still")
    assert (prepared.width, prepared.height) == (200, 400)
    for data in prepared.variants.values():
        assert b"serial number" not in data


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 415, "not_an_image"),
        (b"just text", 415, "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415, "not_an_image"),
        (picture(fmt="GIF"), 415, "not_an_image"),
        (picture(1000, 1500, "PNG")[:2000], 422, "broken_image"),
        (bomb(9000, 5000), 422, "too_many_pixels"),
        (bomb(20000, 20000), 422, "too_many_pixels"),
        (b"\xff\xd8" + bytes(images.MAX_BYTES), 413, "image_too_large"),
    ],
    ids=["empty", "text", "svg", "gif", "cut off", "45 megapixels", "a bomb", "11 MB"],
)
async def test_what_is_no_picture_for_us_is_refused(catalog: Catalog, data: bytes, status: int, code: str) -> None:
    made = await catalog.film(published=False)
    answer = await put(catalog, f"/titles/{made['id']}/artwork/poster", data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert list(Path(catalog.store.removeprefix("file://")).rglob("*.webp")) == []


async def test_a_picture_is_put_in_only_at_the_version_that_was_read(catalog: Catalog) -> None:
    series, made = await catalog.series(seasons=1, episodes=1, published=False)
    person = (await catalog.edit("POST", "/people", json={"name": "Ada"})).json()["id"]
    for subject, path in (
        (f"/titles/{series}", f"/titles/{series}/artwork/poster"),
        (f"/titles/{series}", f"/titles/{series}/artwork/poster?language=de"),
        (f"/titles/{series}", f"/episodes/{made[0][0]['id']}/still"),
        (f"/people/{person}", f"/people/{person}/portrait"),
    ):

        async def at(version: int, size: int, path: str = path) -> Any:
            return await catalog.edit("PUT", path, content=picture(size, size), headers={"If-Match": f'"{version}"'})

        read = (await catalog.edit("GET", subject)).json()["version"]
        stale = await at(read + 1, 64)
        assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "version_mismatch", read)
        assert (await at(read, 64)).status_code == 200
        # Two at once have read the same: what was true before the picture was stored is asked for again.
        both = await asyncio.gather(at(read + 1, 65), at(read + 1, 66))
        assert sorted(answer.status_code for answer in both) == [200, 412]
    files = len(list(Path(catalog.store.removeprefix("file://")).rglob("*.webp")))
    assert (await at(1, 67)).status_code == 412
    assert len(list(Path(catalog.store.removeprefix("file://")).rglob("*.webp"))) == files, "stored in vain"
