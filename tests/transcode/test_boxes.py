"""ISO base media boxes: what is written is read, and what is cut or lies is said to be malformed, never believed."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.transcode.media import boxes
from pipelines.transcode.media.boxes import Malformed

CHEAP = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
SYNC, DELTA = 0x0200_0000, 0x0101_0000
KINDS = st.sampled_from([b"free", b"mdat", b"moov", b"trak", b"\xa9nam", b"udta"])
SPS = bytes.fromhex("64001f")


def box(kind: bytes, payload: bytes = b"", *, large: bool = False) -> bytes:
    if large:
        return struct.pack(">I4sQ", 1, kind, 16 + len(payload)) + payload
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def full(kind: bytes, payload: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes([version]) + flags.to_bytes(3, "big") + payload)


def descriptor(tag: int, payload: bytes, width: int = 1) -> bytes:
    """An MPEG-4 descriptor whose length takes `width` bytes, as encoders write one, two and four."""
    length = bytes(len(payload) >> 7 * n & 0x7F | (0x80 if n else 0) for n in reversed(range(width)))
    return bytes([tag]) + length + payload


def picture_entry(width: int, height: int, record: bytes = SPS) -> bytes:
    fields = bytes(24) + struct.pack(">HH", width, height) + bytes(50)
    return box(b"avc1", fields + box(b"avcC", b"\x01" + record + b"\xff\xe1\x00\x04\x67" + SPS))


def sound_entry(kind: int = 2, width: int = 1, before: bytes = b"") -> bytes:
    specific = descriptor(5, bytes([kind << 3, 0x10]), width)
    config = descriptor(4, bytes([0x40]) + bytes(12) + specific, width)
    return box(b"mp4a", bytes(28) + full(b"esds", descriptor(3, bytes(3) + before + config, width)))


def init(entry: bytes, timescale: int, *, version: int = 0, duration: int = 0, edit: int | None = None) -> bytes:
    header = full(b"mdhd", bytes(16 if version else 8) + struct.pack(">I", timescale) + bytes(12), version)
    description = full(b"stsd", struct.pack(">I", 1) + entry)
    edits = b""
    if edit is not None:
        fields = struct.pack(">Qqi", 0, edit, 1 << 16) if version else struct.pack(">Iii", 0, edit, 1 << 16)
        edits = box(b"edts", full(b"elst", struct.pack(">I", 1) + fields, version))
    track = box(b"trak", edits + box(b"mdia", header + box(b"minf", box(b"stbl", description))))
    defaults = full(b"trex", struct.pack(">IIIII", 1, 1, duration, 0, DELTA))
    return box(b"ftyp", b"iso5") + box(b"moov", track + box(b"mvex", defaults))


def fragment(
    start: int, samples: Sequence[tuple[int, bool]], *, version: int = 1, plain: tuple[int, bool] | None = None
) -> bytes:
    """A fragment with its own length and flags for each sample; `plain`: from the defaults of its header, but the first."""
    time = full(b"tfdt", struct.pack(">Q" if version else ">I", start), version)
    if plain is not None:
        header = full(b"tfhd", struct.pack(">III", 1, plain[0], SYNC if plain[1] else DELTA), flags=0x28)
        run = full(b"trun", struct.pack(">III", len(samples), 0, SYNC if samples[0][1] else DELTA), flags=0x5)
    else:
        header = full(b"tfhd", struct.pack(">IQIIII", 1, 0, 1, 7, 7, DELTA), flags=0x3B)
        fields = b"".join(struct.pack(">IIIi", length, 99, SYNC if sync else DELTA, -1) for length, sync in samples)
        run = full(b"trun", struct.pack(">II", len(samples), 0) + fields, flags=0xF01)
    return box(b"moof", full(b"mfhd", bytes(4)) + box(b"traf", header + time + run)) + box(b"mdat", bytes(20))


TRACK = boxes.Track(1000, "avc1.64001f")
SAMPLES = st.lists(st.tuples(st.integers(1, 5000), st.booleans()), min_size=1, max_size=12)


@CHEAP
@given(st.lists(st.tuples(KINDS, st.binary(max_size=40), st.booleans()), max_size=6))
def test_boxes_in_a_row_are_read_as_they_were_written(made: list[tuple[bytes, bytes, bool]]) -> None:
    data = b"".join(box(kind, payload, large=large) for kind, payload, large in made)
    assert [(found.kind, data[found.start : found.end]) for found in boxes.boxes(data)] == [
        (kind, payload) for kind, payload, _ in made
    ]


def test_the_last_box_may_reach_to_the_end() -> None:
    data = box(b"free") + struct.pack(">I4s", 0, b"mdat") + b"rest"
    assert [(found.kind, data[found.start : found.end]) for found in boxes.boxes(data)] == [
        (b"free", b""), (b"mdat", b"rest")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [b"\0\0\0", struct.pack(">I4s", 7, b"free"), struct.pack(">I4s", 9, b"free"), struct.pack(">I4sI", 1, b"free", 0),
     struct.pack(">I4sQ", 1, b"free", 15), struct.pack(">I4sQ", 1, b"free", 2**63), box(b"moov", b"\0\0\0\x09trak")],
)  # fmt: skip
def test_a_size_that_cannot_be_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(boxes.find(data, "moov/trak")) or list(boxes.boxes(data))


@CHEAP
@given(
    st.integers(1, 4096), st.integers(1, 4096), st.integers(1, 2**32 - 1), st.integers(0, 1), st.integers(0, 2**31 - 1)
)
def test_a_picture_track_is_read(
    tmp_path: Path, width: int, height: int, timescale: int, version: int, duration: int
) -> None:
    path = tmp_path / "init.mp4"
    path.write_bytes(init(picture_entry(width, height), timescale, version=version, duration=duration))
    assert boxes.read_track(path) == boxes.Track(timescale, "avc1.64001f", width, height, duration, DELTA, 0)


@CHEAP
@given(st.sampled_from([2, 5, 29]), st.sampled_from([1, 2, 4]), st.integers(0, 1), st.integers(-1, 4096))
def test_a_sound_track_is_read_with_its_priming(tmp_path: Path, kind: int, width: int, version: int, edit: int) -> None:
    path = tmp_path / "init.mp4"
    path.write_bytes(init(sound_entry(kind, width), 48_000, version=version, edit=edit))
    track = boxes.read_track(path)
    assert (track.codec, track.timescale, track.width) == (f"mp4a.40.{kind}", 48_000, 0)


def test_descriptors_that_are_not_needed_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "init.mp4"
    path.write_bytes(init(sound_entry(5, 4, before=descriptor(0x10, b"\x05" * 300, 2)), 48_000))
    assert boxes.read_track(path).codec == "mp4a.40.5"


def test_a_decoder_configuration_at_odds_with_its_stream_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "init.mp4"
    path.write_bytes(init(picture_entry(640, 360, bytes.fromhex("640020")), 1000))
    with pytest.raises(Malformed, match="disagree"):
        boxes.read_track(path)


@CHEAP
@given(st.integers(0, 2**40), SAMPLES)
def test_a_fragment_is_measured(tmp_path: Path, start: int, samples: list[tuple[int, bool]]) -> None:
    path = tmp_path / "1.m4s"
    path.write_bytes(box(b"styp") + fragment(start, samples))
    found = boxes.read_fragments(path, TRACK)
    times = [start + sum(length for length, _ in samples[:n]) for n in range(len(samples))]
    assert (found.start, found.duration, found.samples) == (start, sum(length for length, _ in samples), len(samples))
    assert found.sync == [time for time, (_, sync) in zip(times, samples, strict=True) if sync]
    assert found.first_is_sync == samples[0][1]


@pytest.mark.parametrize("first", [True, False])
def test_a_fragment_takes_what_it_does_not_say_from_its_header(tmp_path: Path, first: bool) -> None:
    path = tmp_path / "1.m4s"
    path.write_bytes(fragment(100, [(0, first)] * 3, version=0, plain=(40, False)))
    found = boxes.read_fragments(path, TRACK)
    assert (found.start, found.duration, found.samples) == (100, 120, 3)
    assert (found.sync, found.first_is_sync) == ([100] if first else [], first)


def test_what_a_fragment_and_its_header_do_not_say_is_in_the_track(tmp_path: Path) -> None:
    header, time = full(b"tfhd", struct.pack(">I", 1)), full(b"tfdt", struct.pack(">I", 5))
    run = full(b"trun", struct.pack(">I", 4))
    path = tmp_path / "1.m4s"
    path.write_bytes(box(b"moof", box(b"traf", header + time + run)))
    found = boxes.read_fragments(path, boxes.Track(1000, "", default_duration=25, default_flags=SYNC))
    assert (found.start, found.duration, found.sync) == (5, 100, [5, 30, 55, 80])


@CHEAP
@given(SAMPLES, SAMPLES, st.integers(-5, 5))
def test_fragments_follow_each_other_without_a_gap(
    tmp_path: Path, one: list[tuple[int, bool]], two: list[tuple[int, bool]], gap: int
) -> None:
    length = sum(length for length, _ in one)
    path = tmp_path / "1.m4s"
    path.write_bytes(fragment(1000, one) + fragment(1000 + length + gap, two))
    if gap:
        with pytest.raises(Malformed, match="does not start where"):
            boxes.read_fragments(path, TRACK)
        return
    assert boxes.read_fragments(path, TRACK).duration == length + sum(length for length, _ in two)


FILMS = {
    "picture": init(picture_entry(640, 360), 12_800, edit=0),
    "sound": init(sound_entry(), 48_000, edit=1024),
}


@pytest.mark.parametrize("name", FILMS)
def test_an_initialisation_cut_anywhere_is_never_believed(tmp_path: Path, name: str) -> None:
    """Every cut is said: by what the check of a film catches, and by nothing else."""
    path = tmp_path / "init.mp4"
    for length in range(len(FILMS[name])):
        path.write_bytes(FILMS[name][:length])
        with pytest.raises((Malformed, struct.error, IndexError, StopIteration)):
            boxes.read_track(path)


def test_a_fragment_cut_anywhere_is_never_believed(tmp_path: Path) -> None:
    data, path = fragment(0, [(40, True), (40, False)]), tmp_path / "1.m4s"
    described = data.index(b"mdat") - 4
    for length in {*range(len(data))} - {described}:
        path.write_bytes(data[:length])
        with pytest.raises((Malformed, struct.error, IndexError)):
            boxes.read_fragments(path, TRACK)


@CHEAP
@given(st.sampled_from(sorted(FILMS)), st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4))
def test_a_bent_initialisation_is_read_or_refused(tmp_path: Path, name: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(FILMS[name])
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path / "init.mp4"
    path.write_bytes(bytes(data))
    try:
        track = boxes.read_track(path)
    except (Malformed, struct.error, IndexError, StopIteration):
        return
    assert track.timescale >= 0


@CHEAP
@given(st.lists(st.tuples(st.binary(max_size=30), st.booleans()), min_size=1, max_size=5), st.integers(0, 10_000))
def test_a_file_cut_inside_a_box_ends_early_and_at_a_boundary_it_does_not(
    made: list[tuple[bytes, bool]], cut: int
) -> None:
    whole = [box(b"mdat", payload, large=large) for payload, large in made]
    ends = {sum(len(part) for part in whole[:n]) for n in range(len(whole) + 1)}
    data = b"".join(whole)[: cut % (sum(map(len, whole)) + 1)]
    assert boxes.ends_early(io.BytesIO(data), len(data)) == (len(data) not in ends)


@pytest.mark.parametrize(
    "tail", [b"\0" * 16, struct.pack(">I4s", 0, b"mdat") + b"x", struct.pack(">I4s", 5, b"free") + b"x" * 9]
)
def test_what_does_not_say_its_end_is_not_cut(tail: bytes) -> None:
    data = box(b"ftyp", b"isom") + tail
    assert not boxes.ends_early(io.BytesIO(data), len(data))


@pytest.mark.parametrize("count", [0, 1, 250])
def test_samples_are_counted(tmp_path: Path, count: int) -> None:
    table = full(b"stsz", struct.pack(">II", 0, count))
    path = tmp_path / "film.mp4"
    path.write_bytes(box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", table))))))
    assert boxes.sample_count(path) == count
    path.write_bytes(box(b"moov", box(b"trak")))
    with pytest.raises(Malformed, match="no moov"):
        boxes.sample_count(path)


def test_codec_strings_of_hevc_and_av1() -> None:
    """As shaka-packager writes them for Main 10 and for Main of 10 bits."""
    assert boxes._hevc(bytes.fromhex("0102200000009000000000003f")) == "hvc1.2.4.L63.90"
    assert boxes._av1(bytes.fromhex("81014c00"), (9, 16, 9, 0)) == "av01.0.01M.10.0.110.09.16.09.0"
