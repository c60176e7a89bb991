"""The check finds what is wrong with a film: a good one is broken in one way at a time."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.transcode.media.check import check
from pipelines.transcode.media.film import SOURCE, Film, Options
from pipelines.transcode.media.manifests import BadManifest, resolve
from pipelines.transcode.media.tools import Tools
from tests.transcode.conftest import make_clip

SUBTITLES = "1\n00:00:00,500 --> 00:00:02,000\n<font color=red>Hello</font> <b>you</b>\n\n2\n00:00:07,000 --> 00:00:30,000\nBye\n"


@pytest.fixture(scope="module")
def film(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of nine seconds with captions."""
    folder = tmp_path_factory.mktemp("film")
    (folder / "in.srt").write_text(SUBTITLES)
    subtitles = ("-i", str(folder / "in.srt"), "-map", "0:v", "-map", "1:a", "-map", "2:s", "-c:s", "mov_text")
    source = make_clip(folder / "made.mp4", 9, "640x360", before_output=subtitles)
    source.rename(folder / SOURCE)

    async def on_stage(_status: str, _share: float) -> None:
        return None

    made = asyncio.run(Film(tools, folder, Options(preset="ultrafast", chunk_seconds=4), on_stage).make())
    assert [track.kind for track in made.tracks] == ["audio", "captions"]
    assert made.loudness[0] == pytest.approx(-16, abs=1)
    return made.folder


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        text = (folder / name).read_text()
        assert re.search(old, text), (name, old, text)
        (folder / name).write_text(re.sub(old, new, text, count=1))

    return apply


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def copy(source: str, target: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        shutil.copyfile(folder / source, folder / target)

    return apply


BROKEN = {
    "segment_gone": (remove("v360/00002.m4s"), "missing: v360/00002.m4s"),
    "init_gone": (remove("a0/init.mp4"), "missing"),
    "sprite_gone": (remove("sprite_000.jpg"), "missing: sprite_000.jpg"),
    "manifest_gone": (remove("manifest.mpd"), "manifest"),
    "playlist_unended": (edit("v360/main.m3u8", "#EXT-X-ENDLIST", ""), "manifest"),
    "absolute_address": (edit("v360/main.m3u8", "00001.m4s", "https://elsewhere/00001.m4s"), "manifest"),
    "outside_address": (edit("v360/main.m3u8", "00001.m4s", "../../00001.m4s"), "manifest"),
    "wrong_codec": (edit("master.m3u8", r"avc1\.\w+", "avc1.640033"), "codec"),
    "wrong_size": (edit("master.m3u8", "RESOLUTION=640x360", "RESOLUTION=1280x720"), "size"),
    "understated_bandwidth": (edit("master.m3u8", r"BANDWIDTH=\d+", "BANDWIDTH=1000"), "bandwidth"),
    "wrong_segment": (copy("v360/00001.m4s", "v360/00002.m4s"), "gap"),
    "other_rendition": (copy("a0/00001.m4s", "v360/00001.m4s"), ""),
    "wrong_duration": (edit("v360/main.m3u8", "#EXTINF:4.000", "#EXTINF:3.000"), "segment"),
    "dash_too_long": (edit("manifest.mpd", r'mediaPresentationDuration="PT[\d.]+S"', 'mediaPresentationDuration="PT60S"'), ""),
    "no_images": (edit("master.m3u8", "#EXT-X-IMAGE-STREAM-INF.*", ""), ""),
    "sprites_end_early": (edit("thumbnails.vtt", r"00:00:08.000 --> \S+", "00:00:08.000 --> 00:00:08.500"), "sprites"),
    "sprites_outside": (edit("thumbnails.vtt", "xywh=0,0", "xywh=5000,0"), "sprites"),
    "captions_broken": (edit("t0/00001.vtt", "WEBVTT", "WEBVTX"), "captions"),
}  # fmt: skip


def test_good_film_has_no_problem(film: Path) -> None:
    report = check(film, (-16.0, None))
    assert report.problems == []
    assert report.seconds == 9
    assert [rendition.height for rendition in report.renditions] == [360, 240]
    captions = (film / "t0" / "00001.vtt").read_text()
    assert "Hello <b>you</b>" in captions
    assert "X-TIMESTAMP-MAP" in captions


@pytest.mark.parametrize("name", BROKEN)
def test_broken_film_is_refused(film: Path, tmp_path: Path, name: str) -> None:
    damage, problem = BROKEN[name]
    folder = tmp_path / "film"
    shutil.copytree(film, folder)
    damage(folder)
    problems = check(folder).problems
    assert any(found.startswith(problem) for found in problems), problems


def test_loudness_off_target_is_refused(film: Path) -> None:
    assert check(film, (-18.0,)).problems == ["loudness: -18.0 LUFS instead of -16.0"]


@pytest.mark.parametrize("uri", ["http://x/y", "//x/y", "/y", "../y", "a/../../y", "y?grant=1", "file:y", "%2e%2e/y"])
def test_addresses_stay_inside(uri: str) -> None:
    with pytest.raises(BadManifest):
        resolve("master.m3u8", uri)


def test_addresses_are_relative_to_their_playlist() -> None:
    assert resolve("v360/main.m3u8", "00001.m4s") == "v360/00001.m4s"
    assert resolve("v360/main.m3u8", "../sprite_000.jpg") == "sprite_000.jpg"
