"""One film with every kind of captions: whole and in place in both manifests, to the last segment, and no worse for a bomb."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.transcode.media.film import SOURCE, Film, Made, Options
from pipelines.transcode.media.manifests import Stream, read_dash, read_hls
from pipelines.transcode.media.probe import MOST_TEXTS
from pipelines.transcode.media.subtitles import MOST_CUES
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.service.publish import result
from tests.transcode.conftest import make_clip

SRT = (
    '1\n00:00:00,500 --> 00:00:02,000\nTom & Jerry <3 "café"\n\n'
    "2\n00:00:02,500 --> 00:00:04,500\n<i>It</i> is\na < b && c > d\n"
)
ASS = (
    "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    r"Dialogue: 0,0:00:00.50,0:00:02.00,Default,,0,0,0,,{\an8\pos(320,20)}Sign: {\b1}BAKERY{\b0}\NOpen" + "\n"
    "Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,Hello, <world> & friends\n"
    r"Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0 100 100{\p0}" + "\n"
)
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000 line:20% position:30% align:start\n<v Bo>Beside &lt;you&gt;\n"
BOMB = "".join(f"{n}\n00:00:0{n % 2},000 --> 00:00:03,000\ncue {n}\n\n" for n in range(MOST_CUES + 1))
WANTED = [
    [
        ("00:00:00.500 --> 00:00:02.000", "", 'Tom &amp; Jerry &lt;3 "café"'),
        ("00:00:02.500 --> 00:00:04.500", "", "<i>It</i> is\na &lt; b &amp;&amp; c &gt; d"),
    ],
    [
        ("00:00:00.500 --> 00:00:02.000", "line:5.556% position:50%", "Sign: <b>BAKERY</b>\nOpen"),
        ("00:00:01.000 --> 00:00:03.000", "", "Hello, &lt;world&gt; &amp; friends"),
    ],
    [("00:00:01.000 --> 00:00:02.000", "line:20% position:30% align:start", "Beside &lt;you&gt;")],
]


@pytest.fixture
async def made(tools: Tools, tmp_path: Path) -> Made:
    """Nine seconds, three segments, whose captions end in the second."""
    inputs: list[str] = []
    for name, text in (("a.srt", SRT), ("b.ass", ASS), ("c.vtt", VTT), ("d.srt", BOMB)):
        (tmp_path / name).write_text(text, "utf-8")
        inputs += ["-i", str(tmp_path / name)]
    maps = [part for number in range(6) for part in ("-map", str(number))]
    source = make_clip(tmp_path / "film.mkv", 9, before_output=(*inputs, *maps, "-c:s", "copy"))
    source.rename(tmp_path / SOURCE)

    async def on_stage(_status: str, _share: float) -> None:
        return None

    return await Film(tools, tmp_path, Options(preset="ultrafast", top=240), on_stage).make()


def said(folder: Path, stream: Stream) -> list[tuple[str, str, str]]:
    """Each cue's times, place and text, once, from the segments of HLS."""
    found = []
    for name in stream.segments:
        head, _, rest = (folder / name).read_text("utf-8").partition("\n\n")
        assert head.startswith("WEBVTT\nX-TIMESTAMP-MAP=")
        for block in filter(None, rest.strip("\n").split("\n\n")):
            first, _, text = block.partition("\n")
            match = re.fullmatch(r"(\S+ --> \S+) ?(.*)", first)
            assert match
            # The packager writes out what is the rule.
            cue = (match[1], match[2].removesuffix("align:center").strip(), text)
            if cue not in found:
                found.append(cue)
    return found


def payloads(folder: Path, stream: Stream) -> list[str]:
    """Each text once, from the segments of DASH: what stands in their `payl` boxes (ISO/IEC 14496-30)."""
    found: list[str] = []
    for name in stream.segments:
        data = (folder / name).read_bytes()
        for box in re.finditer(b"payl", data):
            size = int.from_bytes(data[box.start() - 4 : box.start()], "big")
            text = data[box.end() : box.start() - 4 + size].decode()
            if text not in found:
                found.append(text)
    return found


async def test_every_kind_is_whole_and_as_long_as_the_film(made: Made) -> None:
    assert made.report.problems == []
    assert [track.kind for track in made.tracks] == ["audio", "captions", "captions", "captions"]
    (left_out,) = result("asset/r1", made).left_out
    assert (left_out.kind, left_out.number) == ("captions", 3)
    assert str(MOST_CUES) in left_out.reason
    hls = [stream for stream in read_hls(made.folder) if stream.kind == "text"]
    dash = [stream for stream in read_dash(made.folder)[1] if stream.kind == "text"]
    assert [said(made.folder, stream) for stream in hls] == WANTED
    assert [payloads(made.folder, stream) for stream in dash] == [[text for _, _, text in track] for track in WANTED]
    for stream in (*hls, *dash):
        assert len(stream.segments) == 3
        assert all((made.folder / name).is_file() for name in stream.segments)


@pytest.mark.media
async def test_a_film_in_forty_languages_with_its_fonts(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(SRT)
    (tmp_path / "font.ttf").write_bytes(bytes(500))
    attached = [
        part
        for number in range(30)
        for part in ("-attach", str(tmp_path / "font.ttf"), f"-metadata:s:{number + 42}", "mimetype=font/ttf")
    ]
    maps = ["-i", str(tmp_path / "a.srt"), "-map", "0", "-map", "1", *["-map", "2"] * MOST_TEXTS, "-c:s", "copy"]
    source = make_clip(tmp_path / "film.mkv", 4, "192x108", before_output=(*maps, *attached))
    source.rename(tmp_path / SOURCE)

    async def on_stage(_status: str, _share: float) -> None:
        return None

    made = await Film(tools, tmp_path, Options(preset="ultrafast"), on_stage).make()
    assert len([track for track in made.tracks if track.kind == "captions"]) == MOST_TEXTS
    assert made.left_out == ()
