"""Manifests: whatever ladder, tracks and length a film has, what HLS and DASH say is read back as it was written."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pipelines.transcode.media import thumbnails
from pipelines.transcode.media.check import check
from pipelines.transcode.media.cues import cue_times
from pipelines.transcode.media.ladder import RATES, Rung, ladder
from pipelines.transcode.media.manifests import DASH, BadManifest, attributes, read_dash, read_hls, resolve
from pipelines.transcode.media.package import TIMESTAMP_MAP, with_timestamp_map
from pipelines.transcode.media.source import Picture
from pipelines.transcode.media.thumbnails import SIDE

CHEAP = settings(deadline=None, max_examples=60)
SEGMENT = 4.0


@dataclass(frozen=True)
class Written:
    """A film as the packager describes it: rungs, names of its sound tracks, seconds."""

    rungs: tuple[Rung, ...]
    sounds: tuple[str, ...]
    seconds: float

    @property
    def lengths(self) -> list[float]:
        count = math.ceil(self.seconds / SEGMENT - 1e-9)
        return [round(min(SEGMENT, self.seconds - n * SEGMENT), 3) for n in range(count)]

    def segments(self, name: str) -> list[str]:
        return [f"{name}/{n + 1:05d}.m4s" for n in range(len(self.lengths))]

    def hls(self, folder: Path) -> None:
        lines = ["#EXTM3U", "## packed by a test", ""]
        for number, label in enumerate(self.sounds):
            lines.append(
                f'#EXT-X-MEDIA:TYPE=AUDIO,URI="a{number}/main.m3u8",GROUP-ID="audio",NAME="{label}",DEFAULT=NO,CHANNELS="2"'
            )
            self._playlist(folder, f"a{number}")
        for rung in self.rungs:
            lines += [
                f"#EXT-X-STREAM-INF:BANDWIDTH={rung.peak},AVERAGE-BANDWIDTH={rung.peak // 2},"
                f'CODECS="{rung.codec},mp4a.40.2",RESOLUTION={rung.width}x{rung.height},AUDIO="audio"',
                f"{rung.name}/main.m3u8",
            ]
            self._playlist(folder, rung.name)
        (folder / "master.m3u8").write_text("\n".join([*lines, ""]))

    def _playlist(self, folder: Path, name: str) -> None:
        lines = ["#EXTM3U", "#EXT-X-VERSION:6", '#EXT-X-MAP:URI="init.mp4"']
        for number, length in enumerate(self.lengths):
            lines += [f"#EXTINF:{length:.3f},", f"{number + 1:05d}.m4s"]
        (folder / name).mkdir()
        (folder / name / "main.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))

    def dash(self, folder: Path) -> None:
        """Video by a timeline on each representation; sound by a duration on the set, as both occur."""
        root = etree.Element("MPD", xmlns=DASH[1:-1], mediaPresentationDuration=f"PT{self.seconds:.3f}S")
        period = etree.SubElement(root, "Period")
        pictures = etree.SubElement(period, "AdaptationSet", contentType="video")
        for rung in self.rungs:
            item = etree.SubElement(
                pictures, "Representation", id=rung.name, codecs=rung.codec, bandwidth=str(rung.peak),
                width=str(rung.width), height=str(rung.height),
            )  # fmt: skip
            template = etree.SubElement(
                item, "SegmentTemplate", timescale="1000", media=f"{rung.name}/$Number%05d$.m4s",
                initialization="$RepresentationID$/init.mp4",
            )  # fmt: skip
            timeline = etree.SubElement(template, "SegmentTimeline")
            whole = sum(length == SEGMENT for length in self.lengths)
            if whole:
                etree.SubElement(timeline, "S", t="0", d="4000", r=str(whole - 1))
            for length in self.lengths[whole:]:
                etree.SubElement(timeline, "S", d=str(round(length * 1000)))
        for number, _ in enumerate(self.sounds):
            group = etree.SubElement(period, "AdaptationSet", mimeType="audio/mp4", codecs="mp4a.40.2")
            etree.SubElement(
                group, "SegmentTemplate", timescale="48000", duration="192000", media="$RepresentationID$/$Number%05d$.m4s",
                initialization="$RepresentationID$/init.mp4",
            )  # fmt: skip
            etree.SubElement(group, "Representation", id=f"a{number}", bandwidth="128000")
        (folder / "manifest.mpd").write_bytes(etree.tostring(root, xml_declaration=True))


@st.composite
def films(draw: st.DrawFn) -> Written:
    width, height = draw(st.integers(64, 4096)), draw(st.integers(64, 4096))
    rate = draw(st.sampled_from(RATES))
    rungs = ladder(Picture(0, "h264", width, height, (rate,)), rate)
    sounds = draw(st.lists(st.sampled_from(["English", "Deutsch, mit Ton", "日本語", "a=b"]), max_size=3, unique=True))
    return Written(rungs, tuple(sounds), draw(st.integers(1_000, 60_000)) / 1000)


@CHEAP
@given(films())
def test_hls_is_read_as_it_was_written(film: Written) -> None:
    with TemporaryDirectory() as place:
        film.hls(Path(place))
        streams = read_hls(Path(place))
    assert [stream.kind for stream in streams] == ["audio"] * len(film.sounds) + ["video"] * len(film.rungs)
    for stream, name in zip(
        streams, [*(f"a{n}" for n in range(len(film.sounds))), *(r.name for r in film.rungs)], strict=True
    ):
        assert (stream.init, stream.segments) == (f"{name}/init.mp4", film.segments(name))
        assert stream.durations == film.lengths
        assert stream.files == [stream.init, *stream.segments, f"{name}/main.m3u8"]
    for stream, rung in zip(streams[len(film.sounds) :], film.rungs, strict=True):
        assert (stream.width, stream.height, stream.bandwidth, stream.average) == (
            rung.width, rung.height, rung.peak, rung.peak // 2
        )  # fmt: skip
        assert stream.codecs == f"{rung.codec},mp4a.40.2"


@CHEAP
@given(films())
def test_dash_is_read_as_it_was_written_and_names_the_files_of_hls(film: Written) -> None:
    with TemporaryDirectory() as place:
        film.hls(Path(place))
        film.dash(Path(place))
        duration, dash = read_dash(Path(place))
        hls = read_hls(Path(place))
    assert duration == pytest.approx(film.seconds)
    for kind in ("video", "audio"):
        one = {(stream.init, *stream.segments) for stream in hls if stream.kind == kind}
        assert one == {(stream.init, *stream.segments) for stream in dash if stream.kind == kind}
    for stream in dash:
        assert sum(stream.durations) == pytest.approx(film.seconds, abs=0.001)
    assert [(s.codecs, s.width, s.height, s.bandwidth) for s in dash if s.kind == "video"] == [
        (rung.codec, rung.width, rung.height, rung.peak) for rung in film.rungs
    ]


@pytest.mark.parametrize(
    ("text", "wanted"), [("PT9S", 9), ("PT1H2M3.5S", 3723.5), ("PT2M", 120), ("PT1H", 3600), ("PT0.040S", 0.04)]
)
def test_durations_of_dash(tmp_path: Path, text: str, wanted: float) -> None:
    (tmp_path / "manifest.mpd").write_text(f'<MPD xmlns="{DASH[1:-1]}" mediaPresentationDuration="{text}"/>')
    assert read_dash(tmp_path) == (wanted, [])


def with_template(template: str) -> str:
    return (
        '<MPD mediaPresentationDuration="PT9S"><AdaptationSet contentType="video"><Representation id="v">'
        f"{template}</Representation></AdaptationSet></MPD>"
    )


BAD = {
    "no_duration": "<MPD/>",
    "days": '<MPD mediaPresentationDuration="P1D"/>',
    "no_xml": "#EXTM3U",
    "no_template": with_template(""),
    "no_length": with_template('<SegmentTemplate media="$Number$"/>'),
    "outside": with_template('<SegmentTemplate duration="4" media="../$Number$"/>'),
    "no_scale": with_template('<SegmentTemplate timescale="0" duration="4"/>'),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_manifest_is_reported_and_breaks_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "master.m3u8").write_text("#EXTM3U\n")
    (tmp_path / "manifest.mpd").write_text(BAD[name].replace("<MPD", f'<MPD xmlns="{DASH[1:-1]}"', 1))
    [problem] = check(tmp_path).problems
    assert problem.startswith("manifest: ")


@pytest.mark.parametrize(
    "master",
    ["", "WEBVTT\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=x\nv/main.m3u8\n",
     "#EXTM3U\n#EXT-X-MEDIA:URI=\"gone.m3u8\"\n", "#EXTM3U\n#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1\n",
     "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"master.m3u8\"\n"],
)  # fmt: skip
def test_a_bad_playlist_is_reported_and_breaks_nothing(tmp_path: Path, master: str) -> None:
    (tmp_path / "master.m3u8").write_text(master)
    (tmp_path / "manifest.mpd").write_text(f'<MPD xmlns="{DASH[1:-1]}" mediaPresentationDuration="PT9S"/>')
    [problem] = check(tmp_path).problems
    assert problem.startswith("manifest: ")


def test_entities_of_a_manifest_read_no_file(tmp_path: Path) -> None:
    template = '<SegmentTemplate duration="4" media="$Number$"/>'
    (tmp_path / "other").write_text(
        f'<AdaptationSet xmlns="{DASH[1:-1]}"><Representation>{template}</Representation></AdaptationSet>'
    )
    (tmp_path / "manifest.mpd").write_text(
        f'<!DOCTYPE m [<!ENTITY x SYSTEM "file://{tmp_path}/other">]>'
        f'<MPD xmlns="{DASH[1:-1]}" mediaPresentationDuration="PT9S"><Period>&x;</Period></MPD>'
    )
    assert read_dash(tmp_path) == (9, [])


NAMES = st.sampled_from(["..", ".", "v360", "a", "00001.m4s"])


@given(st.lists(NAMES, max_size=3), st.lists(NAMES, min_size=1, max_size=6))
def test_an_address_never_leaves_the_directory(base: list[str], parts: list[str]) -> None:
    """Against the file system's own idea of where it leads."""
    inside = "/".join([name for name in base if name not in ("..", ".")] + ["main.m3u8"])
    depth = [len([name for name in base if name not in ("..", ".")])]
    for part in parts:
        depth.append(depth[-1] + {"..": -1, ".": 0}.get(part, 1))
    if min(depth) < 0:
        with pytest.raises(BadManifest):
            resolve(inside, "/".join(parts))
        return
    found = resolve(inside, "/".join(parts))
    assert ".." not in found.split("/") and "." not in found.split("/")
    assert (Path("/films/one") / found) == Path("/films/one", inside, "..", "/".join(parts)).resolve()


def test_attributes_keep_commas_and_equals_signs_in_quotes() -> None:
    line = '#EXT-X-MEDIA:TYPE=AUDIO,NAME="a,b=c",CODECS="avc1.64001f,mp4a.40.2",BANDWIDTH=12,URI="x"'
    assert attributes(line) == {
        "TYPE": "AUDIO", "NAME": "a,b=c", "CODECS": "avc1.64001f,mp4a.40.2", "BANDWIDTH": "12", "URI": "x"
    }  # fmt: skip


def test_a_caption_segment_gets_its_time_mapping_once() -> None:
    mapped = with_timestamp_map("WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n")
    assert mapped == f"WEBVTT\n{TIMESTAMP_MAP}\n\n00:01.000 --> 00:02.000\nHi\n"
    assert with_timestamp_map(mapped) == mapped


@settings(deadline=None, max_examples=40)
@given(st.floats(1, 20_000), st.integers(2, 4096), st.integers(2, 4096))
def test_sprites_cover_the_film_once_in_sheets_that_hold_them(seconds: float, width: int, height: int) -> None:
    sprites = thumbnails.plan(seconds, width, height)
    assert max(sprites.width, sprites.height) == thumbnails.WIDTH
    assert sprites.width % 2 == sprites.height % 2 == 0
    assert (sprites.sheets - 1) * SIDE**2 < sprites.count <= sprites.sheets * SIDE**2
    lines = thumbnails.vtt(sprites).split("\n")
    times = [found for line in lines if (found := cue_times(line))]
    assert times[0][0] == 0 and times[-1][1] == pytest.approx(seconds, abs=0.001)
    assert all(one[1] == two[0] for one, two in pairwise(times))
    places = [line for line in lines if line.startswith("sprite_")]
    assert len(set(places)) == len(places) == sprites.count
    for place in places:
        x, y, wide, tall = map(int, place.partition("=")[2].split(","))
        assert x + wide <= SIDE * sprites.width and y + tall <= SIDE * sprites.height
    playlist = thumbnails.image_playlist(sprites)
    lengths = [float(line[8:-1]) for line in playlist.split("\n") if line.startswith("#EXTINF:")]
    assert len(lengths) == sprites.sheets
    assert sum(lengths) == pytest.approx(seconds, abs=0.001 * sprites.sheets)
    assert f"#EXT-X-TARGETDURATION:{math.ceil(max(lengths))}" in playlist or sprites.sheets == 1


@given(st.integers(1, 30), st.sampled_from([2.0, 5.0, 10.0]))
def test_the_image_set_of_dash_counts_from_the_first_sheet(count: int, every: float) -> None:
    sprites = thumbnails.Sprites(every, 160, 90, count, count * every)
    with TemporaryDirectory() as place:
        period = thumbnails.adaptation_set(sprites, 1000)
        (Path(place) / "manifest.mpd").write_text(
            f'<MPD xmlns="{DASH[1:-1]}" mediaPresentationDuration="PT{sprites.seconds}S"><Period>{period}</Period></MPD>'
        )
        _, [stream] = read_dash(Path(place))
    assert (stream.kind, stream.segments) == ("image", [f"sprite_{n:03d}.jpg" for n in range(sprites.sheets)])
    assert Fraction(stream.width, stream.height) == Fraction(sprites.width, sprites.height)
