"""Media answers a grant for exactly that asset, and zero bytes to anything else."""

import time

import pytest

from tests.edge.nginx import ASSET, OTHER_ASSET, SESSION, Edge, Store, sign

OTHER_SESSION = "018f0000-0000-7000-8000-00000000bad5"
GOOD = sign(expires=4102444800)
MAC = GOOD.rsplit("~", 1)[1]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("manifest.mpd", "application/dash+xml"),
        ("thumbnails.vtt", "text/vtt"),
        ("sprite_001.jpg", "image/jpeg"),
        ("v1080/init.mp4", "video/mp4"),
        ("v1080/00001.m4s", "video/iso.segment"),
    ],
)
def test_one_grant_opens_every_file_of_its_asset(edge: Edge, store: Store, name: str, kind: str) -> None:
    answer = edge.get(edge.media(f"{ASSET}/{store.run}/{name}"))

    assert answer.status == 200
    assert answer.body == (store.path / "media" / ASSET / store.run / name).read_bytes()
    assert answer.headers["content-type"].split(";")[0] == kind
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in answer.headers["access-control-expose-headers"]
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


def test_a_range_is_partial_content(edge: Edge, store: Store) -> None:
    answer = edge.get(edge.media(f"{ASSET}/{store.run}/v1080/00001.m4s"), {"Range": "bytes=256-511"})

    assert answer.status == 206
    assert answer.body == bytes(range(256))
    assert answer.headers["content-range"] == "bytes 256-511/512000"


def test_head_and_query_are_fine(edge: Edge, store: Store) -> None:
    path = edge.media(f"{ASSET}/{store.run}/v1080/00001.m4s")

    assert edge.get(path, method="HEAD").headers["content-length"] == "512000"
    assert edge.get(path + "?CMCD=br%3D3200").status == 200


def test_preflight_needs_no_grant(edge: Edge, store: Store) -> None:
    answer = edge.get(f"/media/x/{ASSET}/{store.run}/master.m3u8", {"Origin": "https://tv.example"}, "OPTIONS")

    assert answer.status == 204
    assert "Range" in answer.headers["access-control-allow-headers"]
    assert answer.body == b""


def test_a_missing_segment_is_404_without_a_body(edge: Edge, store: Store) -> None:
    answer = edge.get(edge.media(f"{ASSET}/{store.run}/v1080/99999.m4s"))

    assert (answer.status, answer.body) == (404, b"")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "grant",
    [
        pytest.param("none", id="no grant"),
        pytest.param(sign(expires=int(time.time()) - 1), id="expired"),
        pytest.param(sign(expires=0), id="expired long ago"),
        pytest.param(sign(asset=OTHER_ASSET, expires=4102444800), id="for another asset"),
        pytest.param(sign(secret="another-secret-of-the-tests-9999", expires=4102444800), id="signed by another key"),
        pytest.param(f"4102444801~{ASSET}~{SESSION}~2160~{MAC}", id="lengthened"),
        pytest.param(f"4102444800~{ASSET}~{OTHER_SESSION}~2160~{MAC}", id="another session's mac"),
        pytest.param(f"4102444800~{ASSET}~{SESSION}~4320~{MAC}", id="raised"),
        pytest.param(f"4102444800~{ASSET}~{SESSION}~{MAC}", id="its height left out"),
        pytest.param(GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), id="one digit changed"),
        pytest.param(GOOD[:-1], id="mac cut short"),
        pytest.param(GOOD[:-64], id="mac empty"),
        pytest.param(GOOD[:-64] + "0" * 64, id="mac zero"),
        pytest.param(GOOD[:-64] + MAC.upper(), id="mac in capitals"),
        pytest.param(f"4102444800~{ASSET.upper()}~{SESSION}~2160~{MAC}", id="asset in capitals"),
        pytest.param(f"-1~{ASSET}~{SESSION}~2160~{MAC}", id="negative expiry"),
        pytest.param(f"1e99~{ASSET}~{SESSION}~2160~{MAC}", id="expiry in floating point"),
        pytest.param(f"Infinity~{ASSET}~{SESSION}~2160~{MAC}", id="infinite expiry"),
        pytest.param(f"{GOOD}~x", id="one field more"),
        pytest.param(GOOD.replace("~", "%7E"), id="encoded separators"),
        pytest.param("~~~", id="empty fields"),
    ],
)
def test_any_other_grant_is_403_with_no_byte(edge: Edge, store: Store, grant: str) -> None:
    for name in ("master.m3u8", "manifest.mpd", "v1080/00001.m4s", "thumbnails.vtt", "sprite_001.jpg", "missing.m4s"):
        answer = edge.get(f"/media/{grant}/{ASSET}/{store.run}/{name}")
        assert (answer.status, answer.body) == (403, b""), name
        assert answer.headers["content-length"] == "0"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "/media/{grant}/{other}/{run}/master.m3u8",
        "/media/{grant}/{asset}/../{other}/{run}/master.m3u8",
        "/media/{grant}/{asset}/{run}/../../{other}/{run}/master.m3u8",
        "/media/{grant}/{asset}/%2e%2e/{other}/{run}/master.m3u8",
        "/media/{grant}/{asset}/..%2f{other}/{run}/master.m3u8",
        "/media/{grant}/{asset}/..%5c{other}/{run}/master.m3u8",
        "/media/{grant}/{asset}/%252e%252e/{other}/{run}/master.m3u8",
        "/media/{grant}/{asset}/../../../masters/upload.mp4",
        "/media/{grant}/{asset}/%2e%2e/%2e%2e/%2e%2e/masters/upload.mp4",
        "/media/{grant}/{asset}/{run}/../{run}/master.m3u8",
        "/media/{grant}/{asset}/{run}/./master.m3u8",
        "/media/{grant}/{asset}/{run}//master.m3u8",
        "/media/{grant}/{asset}/{run}/master%2Em3u8",
        "/media/{grant}/{asset}/{run}/master.m3u8%00.jpg",
        "/media/{grant}%00/{asset}/{run}/master.m3u8",
        "/media/{grant}/{asset}/{run}/",
        "/media/{grant}/{asset}/{run}",
        "/media/{grant}/{upper}/{run}/master.m3u8",
        "/%6dedia/{grant}/{asset}/{run}/master.m3u8",
        "//media/{grant}/{asset}/{run}/master.m3u8",
        "/x/../media/{grant}/{asset}/{run}/master.m3u8",
        "/MEDIA/{grant}/{asset}/{run}/master.m3u8",
        "/Media/{asset}/{run}/master.m3u8",
        "/media/{asset}/{run}/master.m3u8",
        "/media/{grant}/masters/upload.mp4",
        "/media/",
        "/media",
        "/masters/upload.mp4",
        "/images/../masters/upload.mp4",
        "/images/%2e%2e/masters/upload.mp4",
        "/images/..%2fmasters/upload.mp4",
        "/images/titles/../../masters/upload.mp4",
        "/images/../media/{asset}/{run}/master.m3u8",
        "/IMAGES/titles/poster.jpg",
        "/images/.hidden",
        "/images/",
    ],
)
def test_only_the_canonical_path_is_read(edge: Edge, store: Store, path: str) -> None:
    raw = path.format(grant=GOOD, asset=ASSET, other=OTHER_ASSET, run=store.run, upper=ASSET.upper())

    answer = edge.get(raw)

    assert answer.status in (400, 403, 404)
    if answer.status != 400:
        assert answer.body == b""
    assert b"master" not in answer.body
    assert b"EXTM3U" not in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_media_is_read_only(edge: Edge, store: Store, method: str) -> None:
    answer = edge.get(edge.media(f"{ASSET}/{store.run}/master.m3u8"), method=method, body=b"")

    assert answer.status == 405
    assert b"EXTM3U" not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Prefix": "/media"},
        {"X-Original-URL": "/images/titles/poster.jpg", "X-Rewrite-URL": "/images/titles/poster.jpg"},
        {"X-Accel-Redirect": "/masters/upload.mp4"},
        {"Range": "bytes=0-10"},
        {"If-None-Match": "*"},
        {"Authorization": "Bearer anything"},
    ],
)
def test_no_header_replaces_a_grant(edge: Edge, store: Store, headers: dict[str, str]) -> None:
    answer = edge.get(f"/media/none/{ASSET}/{store.run}/master.m3u8", headers)

    assert (answer.status, answer.body) == (403, b"")
