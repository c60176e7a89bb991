"""A reader of ISO base media boxes (ISO/IEC 14496-12): enough to check fragments and to see a file cut short."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex"})
SAMPLE_ENTRIES = {b"avc1": 78, b"avc3": 78, b"encv": 78, b"hvc1": 78, b"av01": 78, b"mp4a": 28, b"enca": 28}
NOT_SYNC = 0x0001_0000


class Malformed(ValueError):
    """The bytes are not the boxes they should be."""


@dataclass(frozen=True)
class Box:
    """A box inside a buffer: `start` to `end` is its payload."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes between two offsets, not descending."""
    end = len(data) if end is None else end
    while start < end:
        if end - start < 8:
            raise Malformed("a box header is cut")
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1:
            if end - start < 16:
                raise Malformed("a box header is cut")
            (size,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        elif size == 0:
            size = end - start
        if size < header or start + size > end:
            raise Malformed(f"box {kind!r} ends outside its parent")
        yield Box(kind, start + header, start + size)
        start += size


def find(data: bytes, path: str, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Yield the boxes at a path like `moov/trak/mdia`."""
    head, _, rest = path.partition("/")
    for box in boxes(data, start, end):
        if box.kind == head.encode():
            if rest:
                yield from find(data, rest, box.start, box.end)
            else:
                yield box


def first(data: bytes, path: str) -> Box:
    """Return the first box at a path.

    Raises Malformed when there is none.
    """
    for box in find(data, path):
        return box
    raise Malformed(f"no {path} box")


def ends_early(file: BinaryIO, size: int) -> bool:
    """Say whether the last top-level box of an MP4 or MOV claims more bytes than the file has."""
    position = 0
    for _ in range(10_000):
        if position >= size:
            return position > size
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return True
        length, kind = struct.unpack_from(">I4s", header)
        if not all(32 <= byte < 127 or byte == 0xA9 for byte in kind):
            return False
        if length == 1:
            if len(header) < 16:
                return True
            (length,) = struct.unpack_from(">Q", header, 8)
        elif length == 0:
            return False
        if length < 8:
            return False
        position += length
    return False


@dataclass
class Track:
    """What an initialisation segment declares: `codec` is an RFC 6381 string read from the sample description, `skip`
    the units of the timescale that an edit list takes off the start (an audio encoder's priming), `colour` what `colr` says:
    primaries, transfer and matrix by ITU-T H.273, and 1 for full range.
    """

    timescale: int
    codec: str
    width: int = 0
    height: int = 0
    default_duration: int = 0
    default_flags: int = 0
    skip: int = 0
    colour: tuple[int, int, int, int] | None = None


@dataclass
class Fragments:
    """Times of a media segment in units of the timescale; `sync` are the decode times of its sync samples."""

    start: int
    duration: int
    samples: int
    sync: list[int] = field(default_factory=list)
    first_is_sync: bool = False


def read_track(path: Path) -> Track:
    """Read an initialisation segment."""
    data = path.read_bytes()
    header = first(data, "moov/trak/mdia/mdhd")
    offset = header.start + (20 if data[header.start] == 1 else 12)
    (timescale,) = struct.unpack_from(">I", data, offset)
    description = first(data, "moov/trak/mdia/minf/stbl/stsd")
    entry = next(boxes(data, description.start + 8, description.end))
    track = Track(timescale, _codec(data, entry))
    if entry.kind in SAMPLE_ENTRIES and SAMPLE_ENTRIES[entry.kind] == 78:
        track.width, track.height = struct.unpack_from(">HH", data, entry.start + 24)
        track.colour = _colour(data, entry)
    extends = first(data, "moov/mvex/trex")
    track.default_duration, _, track.default_flags = struct.unpack_from(">III", data, extends.start + 12)
    for edits in find(data, "moov/trak/edts/elst"):
        wide = data[edits.start] == 1
        (media_time,) = struct.unpack_from(">q" if wide else ">i", data, edits.start + (16 if wide else 12))
        track.skip = max(0, media_time)
    return track


def _colour(data: bytes, entry: Box) -> tuple[int, int, int, int] | None:
    for box in boxes(data, entry.start + 78, entry.end):
        if box.kind == b"colr" and data[box.start : box.start + 4] == b"nclx":
            primaries, transfer, matrix, full = struct.unpack_from(">HHHB", data, box.start + 4)
            return primaries, transfer, matrix, full >> 7
    return None


def _codec(data: bytes, entry: Box) -> str:
    if entry.kind in (b"hvc1", b"av01"):
        for box in boxes(data, entry.start + 78, entry.end):
            if box.kind == b"hvcC":
                return _hevc(data[box.start : box.end])
            if box.kind == b"av1C":
                return _av1(data[box.start : box.end], _colour(data, entry) or (1, 1, 1, 0))
    if entry.kind in (b"avc1", b"avc3"):
        for box in boxes(data, entry.start + 78, entry.end):
            if box.kind == b"avcC":
                record = data[box.start + 1 : box.start + 4]
                parameters = data[box.start + 9 : box.start + 12]
                if record != parameters:
                    raise Malformed("the decoder configuration and the sequence parameters disagree")
                return f"{entry.kind.decode()}.{record.hex()}"
    if entry.kind == b"mp4a":
        for box in boxes(data, entry.start + 28, entry.end):
            if box.kind == b"esds":
                return _audio_codec(data[box.start + 4 : box.end])
    return entry.kind.decode("latin-1")


def _hevc(record: bytes) -> str:
    """Return the string of a HEVC configuration record (ISO/IEC 14496-15, annex E)."""
    space, tier, profile = record[1] >> 6, record[1] >> 5 & 1, record[1] & 31
    compatible = int(f"{int.from_bytes(record[2:6], 'big'):032b}"[::-1], 2)
    constraints = [f"{byte:X}" for byte in record[6:12].rstrip(b"\0")]
    parts = [f"{' ABC'[space].strip()}{profile}", f"{compatible:X}", f"{'LH'[tier]}{record[12]}", *constraints]
    return ".".join(["hvc1", *parts])


def _av1(record: bytes, colour: tuple[int, int, int, int]) -> str:
    """Return the string of an AV1 configuration record (AV1 Codec ISO Media File Format Binding, section 5)."""
    flags = record[2]
    bits = 12 if flags >> 5 & 1 else 10 if flags >> 6 & 1 else 8
    sampling = f"{flags >> 3 & 1}{flags >> 2 & 1}{flags & 3}"
    parts = [f"{record[1] >> 5}.{record[1] & 31:02d}{'MH'[flags >> 7]}.{bits:02d}.{flags >> 4 & 1}.{sampling}"]
    return ".".join(["av01", *parts, *(f"{code:02d}" for code in colour[:3]), str(colour[3])])


def _audio_codec(descriptor: bytes) -> str:
    """Return `mp4a.40.N` from an ES descriptor (ISO/IEC 14496-1 7.2.6)."""
    position, kind = 0, 0
    while position < len(descriptor):
        tag = descriptor[position]
        position += 1
        length = 0
        while position < len(descriptor):
            byte = descriptor[position]
            position += 1
            length = length << 7 | byte & 0x7F
            if not byte & 0x80:
                break
        if tag == 0x03:
            position += 3
        elif tag == 0x04:
            kind = descriptor[position]
            position += 13
        elif tag == 0x05:
            return f"mp4a.{kind:x}.{descriptor[position] >> 3}"
        else:
            position += length
    raise Malformed("no audio decoder configuration")


def read_fragments(path: Path, track: Track) -> Fragments:
    """Read a media segment: every fragment of its one track.

    Raises Malformed where fragments do not follow each other without a gap.
    """
    data = path.read_bytes()
    found: Fragments | None = None
    for moof in find(data, "moof"):
        for traf in find(data, "traf", moof.start, moof.end):
            found = _read_fragment(data, traf, track, found)
    if found is None:
        raise Malformed("no fragment")
    return found


def _read_fragment(data: bytes, traf: Box, track: Track, found: Fragments | None) -> Fragments:
    duration, flags_default, time = track.default_duration, track.default_flags, 0
    for box in boxes(data, traf.start, traf.end):
        if box.kind == b"tfhd":
            flags = int.from_bytes(data[box.start + 1 : box.start + 4], "big")
            offset = box.start + 8 + (8 if flags & 0x1 else 0) + (4 if flags & 0x2 else 0)
            if flags & 0x8:
                (duration,) = struct.unpack_from(">I", data, offset)
                offset += 4
            if flags & 0x10:
                offset += 4
            if flags & 0x20:
                (flags_default,) = struct.unpack_from(">I", data, offset)
        elif box.kind == b"tfdt":
            wide = data[box.start] == 1
            (time,) = struct.unpack_from(">Q" if wide else ">I", data, box.start + 4)
    if found is None:
        found = Fragments(time, 0, 0)
    elif time != found.start + found.duration:
        raise Malformed("a fragment does not start where the one before it ends")
    for box in find(data, "trun", traf.start, traf.end):
        for length, sample_flags in _samples(data, box, duration, flags_default):
            if not sample_flags & NOT_SYNC:
                found.sync.append(found.start + found.duration)
                found.first_is_sync = found.first_is_sync or found.samples == 0
            found.duration += length
            found.samples += 1
    return found


def _samples(data: bytes, trun: Box, duration: int, default: int) -> Iterator[tuple[int, int]]:
    flags = int.from_bytes(data[trun.start + 1 : trun.start + 4], "big")
    (count,) = struct.unpack_from(">I", data, trun.start + 4)
    offset = trun.start + 8 + (4 if flags & 0x1 else 0)
    leading = None
    if flags & 0x4:
        (leading,) = struct.unpack_from(">I", data, offset)
        offset += 4
    for number in range(count):
        length, sample = duration, default
        if flags & 0x100:
            (length,) = struct.unpack_from(">I", data, offset)
            offset += 4
        if flags & 0x200:
            offset += 4
        if flags & 0x400:
            (sample,) = struct.unpack_from(">I", data, offset)
            offset += 4
        if flags & 0x800:
            offset += 4
        if number == 0 and leading is not None:
            sample = leading
        yield length, sample


def sample_count(path: Path) -> int:
    """Return how many samples the first track of a plain MP4 has."""
    data = path.read_bytes()
    table = first(data, "moov/trak/mdia/minf/stbl/stsz")
    (count,) = struct.unpack_from(">I", data, table.start + 8)
    return int(count)
