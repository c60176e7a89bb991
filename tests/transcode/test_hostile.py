"""Files that are not films, or try to be more than films: each ends with a reason, in time, and nothing outside is touched."""

from __future__ import annotations

import asyncio
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.transcode.media.film import SOURCE, Film, Options
from pipelines.transcode.media.source import REASONS, Refused
from pipelines.transcode.media.tools import Tools
from tests.transcode.conftest import make_clip

OPTIONS = Options(preset="ultrafast", longest=60)
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile:///etc/passwd\n#EXTINF:4,\nhttp://127.0.0.1:1/x\n#EXT-X-ENDLIST\n"
SDP = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
DASH = b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>file:///etc/</BaseURL></MPD>'
FTYP = struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom")


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def noise(length: int) -> bytes:
    return random.Random(1).randbytes(length)


NESTED = b"".join(struct.pack(">I4s", 8 * (5000 - depth), b"moov") for depth in range(5000))

NO_FILM = {"unreadable", "no_video", "unsupported_codec"}
BYTES: dict[str, tuple[bytes, set[str]]] = {
    "empty": (b"", {"empty"}),
    "one_byte": (b"\x00", {"not_media"}),
    "text": (b"hello\n" * 100, {"not_media"}),
    "html": (b"<!doctype html><video src=x>", {"not_media"}),
    "zeros": (bytes(100_000), {"not_media"}),
    "noise": (noise(100_000), {"not_media"}),
    "zip": (b"PK\x03\x04" + noise(1000), {"not_media"}),
    "pdf": (b"%PDF-1.7\n" + noise(1000), {"not_media"}),
    "program": (b"\x7fELF" + noise(1000), {"not_media"}),
    "png": (b"\x89PNG\r\n\x1a\n" + noise(1000), {"unsupported_container"}),
    "jpeg": (b"\xff\xd8\xff\xe0" + noise(1000), {"unsupported_container"}),
    "gif": (b"GIF89a" + noise(1000), {"unsupported_container"}),
    "mp3": (b"ID3\x04" + noise(1000), {"unsupported_container"}),
    "avi": (b"RIFF\x00\x10\x00\x00AVI " + noise(1000), NO_FILM),
    "flv": (b"FLV\x01\x05" + noise(1000), NO_FILM),
    "ogg": (b"OggS" + noise(1000), NO_FILM),
    "mxf": (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02" + noise(1000), NO_FILM),
    "asf": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + noise(1000), NO_FILM),
    "dvd": (b"\x00\x00\x01\xba" + noise(5000), NO_FILM),
    "dv": (b"\x1f\x07\x00\xbf" + noise(150_000), NO_FILM),
    "playlist": (PLAYLIST, {"unsupported_container"}),
    "concat": (b"ffconcat version 1.0\nfile /etc/passwd\n", {"not_media"}),
    "sdp": (SDP, {"not_media"}),
    "svg": (SVG, {"not_media"}),
    "dash": (DASH, {"not_media"}),
    "only_ftyp": (FTYP, {"truncated", "unreadable"}),
    "ftyp_noise": (FTYP + noise(5000), {"truncated", "unreadable"}),
    "ftyp_playlist": (FTYP + PLAYLIST, {"truncated", "unreadable"}),
    "ftyp_huge_box": (FTYP + struct.pack(">I4sQ", 1, b"mdat", 2**62), {"truncated"}),
    "moov_empty": (FTYP + box(b"moov", b""), {"truncated", "unreadable", "no_video"}),
    "moov_nested": (FTYP + NESTED, {"truncated", "unreadable", "no_video", "too_costly"}),
    "matroska_noise": (b"\x1a\x45\xdf\xa3" + noise(5000), {"truncated", "unreadable", "no_video"}),
    "matroska_only_magic": (b"\x1a\x45\xdf\xa3", {"truncated", "unreadable", "no_video"}),
    "transport_noise": (b"".join(b"\x47" + noise(187) for _ in range(500)), {"unreadable", "no_video", "unsupported_codec"}),
}  # fmt: skip


async def refused(tools: Tools, folder: Path, options: Options = OPTIONS) -> str:
    """Run a job on `source.bin` and return the code it ends with, "" when it becomes a film."""

    async def on_stage(_status: str, _share: float) -> None:
        return None

    try:
        async with asyncio.timeout(30):
            await Film(tools, folder, options, on_stage).make()
    except Refused as refusal:
        assert refusal.detail.endswith(REASONS[refusal.code])
        return refusal.code
    return ""


@pytest.mark.parametrize("name", BYTES)
async def test_not_a_film(tools: Tools, tmp_path: Path, name: str) -> None:
    data, codes = BYTES[name]
    (tmp_path / SOURCE).write_bytes(data)
    assert await refused(tools, tmp_path) in codes


@dataclass(frozen=True)
class Bent:
    """A real clip, bent."""

    bend: Callable[[bytes], bytes]
    codes: frozenset[str]


def _cut(data: bytes) -> bytes:
    return data[: len(data) * 6 // 10]


def _scrambled(data: bytes) -> bytes:
    start = data.index(b"mdat") + 4
    body = bytearray(data)
    chance = random.Random(3)
    for _ in range(400):
        body[chance.randrange(start, start + 20_000)] = chance.randrange(256)
    return bytes(body)


def _no_moov(data: bytes) -> bytes:
    return data.replace(b"moov", b"junk")


def _long_duration(data: bytes) -> bytes:
    """Claim a hundred hours in the film's header and in the picture's."""
    body = bytearray(data)
    for kind in (b"mvhd", b"mdhd"):
        at = 0
        while (at := data.find(kind, at)) >= 0:
            (scale,) = struct.unpack_from(">I", data, at + 16)
            struct.pack_into(">I", body, at + 20, min(scale * 360_000, 2**32 - 2))
            at += 4
    return bytes(body)


def _wide(data: bytes) -> bytes:
    body = bytearray(data)
    struct.pack_into(">HH", body, data.index(b"avc1", data.index(b"stsd")) + 28, 32768, 32768)
    return bytes(body)


def _countless_samples(data: bytes) -> bytes:
    body = bytearray(data)
    struct.pack_into(">I", body, data.index(b"stsz") + 12, 2**31 - 1)
    return bytes(body)


SOME_REASON = frozenset({"", *REASONS})
BENT = {
    "cut": Bent(_cut, frozenset({"truncated"})),
    "scrambled": Bent(_scrambled, frozenset({"", "encode_failed", "truncated", "unreadable", "check_failed"})),
    "no_moov": Bent(_no_moov, frozenset({"truncated", "unreadable"})),
    "hundred_hours": Bent(_long_duration, frozenset({"too_long", "truncated", "unreadable", ""})),
    "32k": Bent(_wide, frozenset({"bad_dimensions", "unreadable", ""})),
    "countless_samples": Bent(_countless_samples, SOME_REASON),
}  # fmt: skip


@pytest.mark.parametrize("name", BENT)
async def test_bent_film(tools: Tools, clips: Path, tmp_path: Path, name: str) -> None:
    small = clips / "small.mp4"
    if not small.exists():
        make_clip(small, 4)
    (tmp_path / SOURCE).write_bytes(BENT[name].bend(small.read_bytes()))
    assert await refused(tools, tmp_path) in BENT[name].codes


MADE: dict[str, tuple[str, dict[str, object], set[str]]] = {
    "sound_only": ("sound.mp4", {"more": ("-map", "1:a")}, {"no_video"}),
    "tiny": ("tiny.mp4", {"size": "32x32"}, {"bad_dimensions"}),
    "ribbon": ("ribbon.mkv", {"size": "9000x64", "more": ("-c:v", "ffv1")}, {"bad_dimensions"}),
    "blink": ("blink.mp4", {"seconds": 0.5}, {"too_short"}),
    "a_thousand_frames_a_second": ("fast.mp4", {"seconds": 1.2, "rate": "1000", "sound": False}, {"bad_frame_rate"}),
    "odd_codec": ("odd.mkv", {"more": ("-c:v", "snow", "-strict", "-2")}, {"unsupported_codec"}),
    "seventy_tracks": ("tracks.mkv", {"seconds": 2, "more": ("-map", "0:v", *("-map", "1:a") * 70)}, {"too_many_streams"}),
    "longer_than_allowed": ("longer.mp4", {"seconds": 70, "size": "128x72", "rate": "5"}, {"too_long"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
async def test_film_beyond_limits(tools: Tools, clips: Path, tmp_path: Path, name: str) -> None:
    file, how, codes = MADE[name]
    more = how.get("more", ())
    assert isinstance(more, tuple)
    options = {key: value for key, value in how.items() if key != "more"}
    path = make_clip(clips / file, **{"seconds": 2, "size": "128x72", "rate": "25", **options}, more=more)  # type: ignore[arg-type]
    (tmp_path / SOURCE).write_bytes(path.read_bytes())
    assert await refused(tools, tmp_path) in codes


@pytest.mark.parametrize("name", ["cut.mkv", "stream.ts"])
async def test_cut_stream_containers(tools: Tools, clips: Path, tmp_path: Path, name: str) -> None:
    path = make_clip(clips / name, 4)
    data = path.read_bytes()
    (tmp_path / SOURCE).write_bytes(data[: len(data) * 6 // 10])
    # A transport stream has no stated length: what is there of it is a film.
    assert await refused(tools, tmp_path) in ({"truncated"} if name.endswith("mkv") else {"", "truncated"})
