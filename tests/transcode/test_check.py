"""The check finds what is wrong with a film: a good one is broken in one way at a time."""

from __future__ import annotations

import asyncio
import random
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


def garble(name: str) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        (folder / name).write_bytes(b"\xff" + (folder / name).read_bytes())

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
    "overstated_bandwidth": (edit("master.m3u8", r"([:,])BANDWIDTH=\d+", r"\1BANDWIDTH=99999999"), "bandwidth: v360/main.m3u8"),
    "wrong_average": (edit("master.m3u8", r"AVERAGE-BANDWIDTH=\d+", "AVERAGE-BANDWIDTH=1"), "average bandwidth: v360/main.m3u8"),
    "peak_too_low": (edit("master.m3u8", r"INF:BANDWIDTH=\d+(?=,.*iframe)", "INF:BANDWIDTH=1"), "bandwidth: v360/iframe.m3u8"),
    "understated_in_dash": (edit("manifest.mpd", r' bandwidth="\d+"', ' bandwidth="1000"'), "bandwidth: v360/init.mp4 in DASH"),
    "images_understated": (edit("master.m3u8", r"(IMAGE-.*BANDWIDTH)=\d+", r"\1=9"), "bandwidth: the small pictures"),
    "dash_images_understated": (edit("manifest.mpd", r'(thumbnails" bandwidth)="\d+', r'\1="9'), "bandwidth: the small pictures"),
    "wrong_segment": (copy("v360/00001.m4s", "v360/00002.m4s"), "gap"),
    "other_rendition": (copy("a0/00001.m4s", "v360/00001.m4s"), ""),
    "wrong_duration": (edit("v360/main.m3u8", "#EXTINF:4.000", "#EXTINF:3.000"), "segment"),
    "dash_too_long": (edit("manifest.mpd", r'mediaPresentationDuration="PT[\d.]+S"', 'mediaPresentationDuration="PT60S"'), ""),
    "no_images": (edit("master.m3u8", "#EXT-X-IMAGE-STREAM-INF.*", ""), ""),
    "sprites_end_early": (edit("thumbnails.vtt", r"00:00:08.000 --> \S+", "00:00:08.000 --> 00:00:08.500"), "sprites"),
    "sprites_outside": (edit("thumbnails.vtt", "xywh=0,0", "xywh=5000,0"), "sprites"),
    "no_segments": (edit("v360/main.m3u8", r"(?s)#EXTINF.*(?=#EXT-X-ENDLIST)", ""), "empty: v360/init.mp4"),
    "no_sound_segments": (edit("a0/main.m3u8", r"(?s)#EXTINF.*(?=#EXT-X-ENDLIST)", ""), "empty: a0/init.mp4"),
    "captions_garbled": (garble("t0/00001.vtt"), "text: t0/00001.vtt is not UTF-8"),
    "sprites_garbled": (garble("thumbnails.vtt"), "text: thumbnails.vtt is not UTF-8"),
    "captions_too_long": (edit("t0/00001.vtt", r"--> \S+", "--> 00:01:00.000"), "captions: t0/00001.vtt goes past the end"),
    "captions_end_early": (edit("t0/main.m3u8", r"#EXTINF:4.000,\n00003.vtt\n", ""), "captions: t0/main.m3u8 lasts 8.000 s"),
    "captions_end_early_in_dash": (
        edit("manifest.mpd", r'(<S t="0" d="4000" r=")2', r"\g<1>1"), "captions: t0/dash/init.mp4 lasts 8.000 s",
    ),
    "captions_backwards": (edit("t0/00001.vtt", r"--> \S+", "--> 00:00:00.000"), "captions: t0/00001.vtt has a bad time"),
    "sprites_with_a_hole": (edit("thumbnails.vtt", "00:00:02.000 --> ", "00:00:03.000 --> "), "sprites: nothing"),
    "sprite_elsewhere": (edit("thumbnails.vtt", "sprite_000", "sprite_007"), "sprites: sprite_007.jpg is not in the manifests"),
    "other_sizes_in_dash": (edit("manifest.mpd", r'codecs="avc1\.\w+"', 'codecs="avc1.640099"'), "manifests: video codecs"),
    "other_names_in_dash": (edit("manifest.mpd", "sprite_\\$", "sprites_$"), "missing: sprites_000.jpg"),
    "short_trick_play": (edit("v360/iframe.m3u8", r"#EXTINF:[\d.]+", "#EXTINF:9.5"), "trick play"),
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


def test_damage_is_reported_and_never_breaks_the_check(film: Path, tmp_path: Path) -> None:
    """A few bytes of any file, at random: the check says what it finds, or finds nothing; it always ends."""
    folder, chance, seen = tmp_path / "film", random.Random(7), set[str]()
    shutil.copytree(film, folder)
    names = sorted(path.relative_to(film).as_posix() for path in film.rglob("*") if path.is_file())
    for name in names * 6:
        data = bytearray((film / name).read_bytes())
        # Numbers are what a reader trusts: half of the damage is to them.
        digits = [place for place in range(min(len(data), 4000)) if chr(data[place]).isdigit()]
        for _ in range(chance.randint(1, 3)):
            textual = digits and not name.endswith((".m4s", ".mp4", ".jpg")) and chance.random() < 0.5
            place = chance.choice(digits) if textual else chance.randrange(min(len(data), 2000))
            data[place] = chance.choice(b"0179") if textual else chance.randrange(256)
        (folder / name).write_bytes(bytes(data))
        seen.update(problem.partition(":")[0] for problem in check(folder).problems)
        shutil.copyfile(film / name, folder / name)
    assert check(folder).problems == []
    assert {"manifest", "missing", "unreadable", "segment", "sprites"} <= seen


def test_loudness_off_target_is_refused(film: Path) -> None:
    assert check(film, (-18.0,)).problems == ["loudness: -18.0 LUFS instead of -16.0"]


@pytest.mark.parametrize("uri", ["http://x/y", "//x/y", "/y", "../y", "a/../../y", "y?grant=1", "file:y", "%2e%2e/y"])
def test_addresses_stay_inside(uri: str) -> None:
    with pytest.raises(BadManifest):
        resolve("master.m3u8", uri)


def test_addresses_are_relative_to_their_playlist() -> None:
    assert resolve("v360/main.m3u8", "00001.m4s") == "v360/00001.m4s"
    assert resolve("v360/main.m3u8", "../sprite_000.jpg") == "sprite_000.jpg"
