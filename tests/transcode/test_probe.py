"""What ffprobe says becomes a source or a reason: every limit from both sides, every way of telling a size or a length."""

from __future__ import annotations

import json
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.transcode.media import probe
from pipelines.transcode.media.source import REASONS, Refused, Source
from pipelines.transcode.media.tools import Tools
from tests.transcode import numbered

CHEAP = settings(deadline=None, max_examples=150)


def video(**changes: Any) -> dict[str, Any]:
    return {
        "index": 0, "codec_type": "video", "codec_name": "h264", "width": 1920, "height": 1080, "avg_frame_rate": "25/1",
        "r_frame_rate": "50/1", "nb_frames": "1500", "field_order": "progressive", **changes,
    }  # fmt: skip


def audio(index: int = 1, **changes: Any) -> dict[str, Any]:
    return {"index": index, "codec_type": "audio", "codec_name": "aac", "channels": 2, **changes}


def read(*streams: dict[str, Any]) -> Source:
    return probe.read({"streams": list(streams)}, "mov")


def reason(*streams: dict[str, Any]) -> str:
    """The code a file is refused with, "" when it is accepted."""
    try:
        read(*streams)
    except Refused as refusal:
        assert refusal.detail.endswith(REASONS[refusal.code])
        return refusal.code
    return ""


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, (1920, 1080)),
        ({"sample_aspect_ratio": "4:3", "width": 1440}, (1920, 1080)),
        ({"sample_aspect_ratio": "64:45", "width": 720, "height": 576}, (1024, 576)),
        ({"sample_aspect_ratio": "0:1"}, (1920, 1080)),
        ({"sample_aspect_ratio": "N/A"}, (1920, 1080)),
        ({"side_data_list": [{"rotation": 90}]}, (1080, 1920)),
        ({"side_data_list": [{"rotation": -90}]}, (1080, 1920)),
        ({"side_data_list": [{"rotation": 270}]}, (1080, 1920)),
        ({"side_data_list": [{"rotation": 180}]}, (1920, 1080)),
        ({"side_data_list": [{}, {"rotation": -270}]}, (1080, 1920)),
        # The samples are stretched before the picture is turned.
        ({"sample_aspect_ratio": "2:1", "width": 960, "side_data_list": [{"rotation": 90}]}, (1080, 1920)),
    ],
)
def test_sizes_are_those_on_the_screen(changes: dict[str, Any], wanted: tuple[int, int]) -> None:
    picture = read(video(**changes)).picture
    assert (picture.width, picture.height) == wanted


@pytest.mark.parametrize(
    ("streams", "code"),
    [
        ([video(width=64, height=64)], ""),
        ([video(width=63, height=64)], "bad_dimensions"),
        ([video(width=64, height=63)], "bad_dimensions"),
        ([video(width=8192, height=8192)], ""),
        ([video(width=8193, height=8192)], "bad_dimensions"),
        ([video(width=8192, height=8193)], "bad_dimensions"),
        ([video(width=800, height=100)], ""),
        ([video(width=802, height=100)], "bad_dimensions"),
        ([video(width=100, height=802)], "bad_dimensions"),
        ([video(width=None)], "bad_dimensions"),
        ([video(sample_aspect_ratio="4:1")], ""),
        ([video(sample_aspect_ratio="5:1")], "bad_dimensions"),
        ([video(sample_aspect_ratio="1:5")], "bad_dimensions"),
        ([video(codec_name="snow")], "unsupported_codec"),
        ([video(codec_name=None)], "unsupported_codec"),
        ([], "no_video"),
        ([audio()], "no_video"),
        ([video(disposition={"attached_pic": 1})], "no_video"),
        ([video(), audio(codec_name="cook")], "unsupported_codec"),
        ([video(), audio(codec_name="cook"), audio(2)], ""),
        ([video(), audio(channels=0), audio(2)], ""),
        ([video(), audio(channels=0)], "unsupported_codec"),
        ([video(), audio(channels=16)], ""),
        ([video(), audio(channels=17)], "unsupported_codec"),
        ([video(), *(audio(n) for n in range(8))], ""),
        # Fonts and data are not tracks.
        ([video(), *({"index": n, "codec_type": "attachment"} for n in range(1, 99))], ""),
        ([video(), *({"index": n, "codec_type": "subtitle"} for n in range(1, 64))], ""),
        ([video(), *({"index": n, "codec_type": "subtitle"} for n in range(1, 65))], "too_many_streams"),
    ],
)
def test_limits_from_both_sides(streams: list[dict[str, Any]], code: str) -> None:
    assert reason(*streams) == code


@pytest.mark.parametrize(
    ("average", "lowest", "wanted"),
    [
        ("25/1", "50/1", (25, 50)),
        ("0/0", "25/1", (25,)),
        ("1000000000/1", "30000/1001", (Fraction(30000, 1001),)),
        ("1/3", "N/A", ()),
        (None, None, ()),
    ],
)
def test_rates_that_cannot_be_are_no_hint(
    average: str | None, lowest: str | None, wanted: tuple[Fraction, ...]
) -> None:
    assert read(video(avg_frame_rate=average, r_frame_rate=lowest)).picture.rates == wanted


@pytest.mark.parametrize(("said", "wanted"), [("1500", 1500), ("N/A", 0), (None, 0), ("-1", 0), ("9" * 30, 0)])
def test_how_many_pictures_an_index_promises(said: str | None, wanted: int) -> None:
    assert read(video(nb_frames=said)).picture.promised == wanted


def test_the_default_picture_is_taken_and_covers_are_not() -> None:
    cover = video(index=0, codec_name="png", disposition={"attached_pic": 1, "default": 1})
    other, main = video(index=1, width=640), video(index=2, disposition={"default": 1})
    assert read(cover, other, main).picture.index == 2
    assert read(cover, other, video(index=2)).picture.index == 1


@pytest.mark.parametrize(
    ("order", "wanted"), [("tt", True), ("bb", True), ("tb", True), ("bt", True), ("progressive", False), (None, False)]
)
def test_interlaced_pictures_are_known(order: str | None, wanted: bool) -> None:
    assert read(video(field_order=order)).picture.interlaced is wanted


@pytest.mark.parametrize(
    ("disposition", "title", "sound", "text"),
    [
        ({}, "", "main", "main"),
        ({"default": 1}, "English", "main", "main"),
        ({"comment": 1}, "", "commentary", "commentary"),
        ({}, "Director's Commentary", "commentary", "commentary"),
        ({"visual_impaired": 1}, "", "description", "main"),
        ({}, "Audio Description", "description", "main"),
        ({"hearing_impaired": 1}, "", "main", "sdh"),
        ({}, "English (SDH)", "main", "sdh"),
        ({"forced": 1}, "Signs", "main", "forced"),
        ({}, "English Forced", "main", "forced"),
        # Words that only look like it.
        ({}, "Enforced accent", "main", "main"),
        ({}, "Communication", "main", "main"),
        (None, None, "main", "main"),
    ],
)
def test_what_a_track_is_for(disposition: Any, title: str | None, sound: str, text: str) -> None:
    told = {"disposition": disposition, "tags": {"title": title, "language": "eng"}}
    subtitle = {"index": 2, "codec_type": "subtitle", "codec_name": "subrip"}
    source = read(video(), audio(**told), {**subtitle, **told})
    assert (source.sounds[0].role, source.texts[0].role) == (sound, text)
    assert (source.sounds[0].language, source.texts[0].language) == ("en", "en")


def test_a_name_has_no_line_breaks_and_an_end() -> None:
    source = read(video(), audio(tags={"title": "A\nB\x00\u202e  C" + "x" * 500}))
    assert source.sounds[0].title.startswith("A B C")
    assert len(source.sounds[0].title) == probe.LONGEST_TITLE


def test_what_cannot_be_shown_or_heard_is_left_out_and_said() -> None:
    texts = [{"index": n, "codec_type": "subtitle", "codec_name": "ass"} for n in range(2, 44)]
    pictures = {"index": 1, "codec_type": "subtitle", "codec_name": "hdmv_pgs_subtitle", "tags": {"language": "fre"}}
    unheard = (
        audio(44, codec_name="cook"),
        audio(62, sample_rate="0"),
        audio(63, codec_name="unknown", codec_tag_string="[0][0][0][0]"),
    )
    found = read(video(), pictures, *texts, *unheard, *(audio(n) for n in range(45, 62)))
    assert [(text.index, text.number) for text in found.texts] == [(n, n - 1) for n in range(2, 42)]
    assert [sound.index for sound in found.sounds] == list(range(45, 61))
    assert [(one.kind, one.number, one.language, one.reason) for one in found.left_out] == [
        ("audio", 0, "und", "it is cook"),
        ("audio", 1, "und", "it is too damaged to be read"),
        ("audio", 2, "und", "it is unknown"),
        ("audio", 19, "und", "no more than 16 sounds are kept"),
        ("captions", 0, "fr", "it is pictures, not text"),
        ("captions", 41, "und", "no more than 40 are kept"),
        ("captions", 42, "und", "no more than 40 are kept"),
    ]


def test_of_several_programs_the_pictures_own_is_taken() -> None:
    streams = [video(), audio(1), video(index=2), audio(3), {"index": 4, "codec_type": "subtitle", "codec_name": "ass"}]
    programs = [{"streams": [{"index": 0}, {"index": 1}]}, {"streams": [{"index": 2}, {"index": 3}]}]
    found = probe.read({"streams": streams, "programs": programs}, "mpegts")
    assert (found.picture.index, [one.index for one in found.sounds], [one.index for one in found.texts]) == (
        0,
        [1],
        [4],
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.sampled_from(["video", "h264", "25/1", "1:1", "nan", "und"]),
    lambda inner: st.lists(inner, max_size=2), max_leaves=4,
)  # fmt: skip
FIELDS = st.sampled_from(sorted({*video(), "sample_aspect_ratio"} - {"index", "codec_type"}))


@CHEAP
@given(st.dictionaries(FIELDS, JSON, max_size=3))
@example({"width": "1e9"})
@example({"avg_frame_rate": "1/0"})
def test_whatever_a_picture_claims_it_is_a_film_or_refused(changes: dict[str, Any]) -> None:
    made = video(**changes)
    if any(isinstance(made[name], str | list) for name in ("width", "height")):
        return  # ffprobe prints these as numbers
    try:
        picture = read(made).picture
    except Refused as refusal:
        assert refusal.code in REASONS
        return
    assert probe.SMALLEST / 4 <= picture.width <= 4 * probe.LARGEST
    assert all(Fraction(1, 2) <= rate <= 240 for rate in picture.rates)


def vint(value: int, width: int) -> bytes:
    return (value | 1 << 7 * width).to_bytes(width, "big")


@CHEAP
@given(st.integers(0, 100), st.integers(1, 8), st.integers(0, 1000), st.integers(2, 8), st.integers(-3, 3))
def test_a_matroska_file_that_is_shorter_than_its_segment_is_cut(
    tmp_path_factory: pytest.TempPathFactory, head: int, narrow: int, body: int, wide: int, missing: int
) -> None:
    narrow = max(narrow, 1 if head < 127 else 2)
    data = b"\x1a\x45\xdf\xa3" + vint(head, narrow) + bytes(head)
    data += b"\x18\x53\x80\x67" + vint(body + missing if body + missing >= 0 else 0, wide) + bytes(body)
    path = tmp_path_factory.getbasetemp() / "film.mkv"
    path.write_bytes(data)
    assert probe.is_cut(path, "matroska") == (missing > 0)


def test_a_live_matroska_file_does_not_say_its_length(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3" + vint(0, 1) + b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7)
    assert not probe.is_cut(path, "matroska")


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (struct.pack(">I4s", 20, b"ftyp") + bytes(12), "mov"),
        (struct.pack(">I4s", 8, b"wide"), "mov"),
        (b"\x1a\x45\xdf\xa3", "matroska"),
        ((b"\x47" + bytes(187)) * 3, "mpegts"),
        ((b"\x47" + bytes(187)) * 2, "not_media"),
        ((b"\x47" + bytes(187)) * 2 + b"\x48" + bytes(187), "not_media"),
        ((bytes(4) + b"\x47" + bytes(187)) * 3, "mpegts"),
        # Begun within a packet, also among those of a broadcast.
        (bytes(100) + (b"\x47" + bytes(187)) * 5, "mpegts"),
        (bytes(203) + (b"\x47" + bytes(203)) * 5, "mpegts"),
        (bytes(100) + (b"\x47" + bytes(187)) * 4, "not_media"),
        (b"RIFF\0\0\0\0AVI " + bytes(12), "avi"),
        (b"RIFF\0\0\0\0WAVE" + bytes(12), "unsupported_container"),
        (b"RIFF" + bytes(20), "not_media"),
        (b"#EXTM3U\n", "unsupported_container"),
        (b"", "empty"),
        (json.dumps({}).encode(), "not_media"),
    ],
)
def test_a_kind_is_known_by_its_first_bytes(tmp_path: Path, head: bytes, wanted: str) -> None:
    path = tmp_path / "film.jpg"
    path.write_bytes(head)
    try:
        found = probe.sniff(path)
    except Refused as refusal:
        found = refusal.code
    assert found == wanted


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("-s", "720x576", "-c:v", "dvvideo"), True),
        (("-c:v", "mpeg4", "-flags", "+ildct+ilme"), True),
        (("-c:v", "mpeg4"), False),
    ],
    ids=["DV", "MPEG-4 of two fields", "MPEG-4"],
)
async def test_what_no_header_says_of_fields_the_decoder_does(
    tools: Tools, tmp_path: Path, options: tuple[str, ...], wanted: bool
) -> None:
    numbered.write(tmp_path / "film.avi", 5, options)
    assert (await probe.probe(tools, tmp_path, "film.avi")).picture.interlaced is wanted
