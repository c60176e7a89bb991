"""Decides whether a file is a film we accept: its kind by its first bytes, its streams by ffprobe, never by its name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipelines.transcode.media import boxes, colour, commands, formats
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.languages import tag
from pipelines.transcode.media.sandbox import ChildExceeded, ChildFailed, run
from pipelines.transcode.media.source import LeftOut, Picture, Refused, Sound, Source, Text
from pipelines.transcode.media.tools import Tools

SMALLEST, LARGEST = 64, 8192
# Pictures, sounds and captions; fonts and the like do not count.
MOST_STREAMS = 64
MOST_SOUNDS, MOST_TEXTS = 16, 40
LIMITS = Limits(seconds=20, cpu_seconds=15, output_bytes=512 * 1024, file_bytes=1024**2)

LONGEST_TITLE = 60
# Layouts that have loudspeakers around the listener, by how their names begin.
SURROUND = ("5.", "6.", "7.", "9.", "hexadecagonal", "octagonal", "hexagonal")
COMMENTARY = re.compile(r"\bcomment(ary|aire)|\bkommentar|\bcomentario", re.IGNORECASE)
DESCRIPTION = re.compile(r"\baudio[ -]?desc|\bdescriptive\b|\bhörfilm|\baudiodes", re.IGNORECASE)
HEARING = re.compile(r"\bsdh\b|\bcc\b|hearing|hörgesch", re.IGNORECASE)
FORCED = re.compile(r"\bforced\b", re.IGNORECASE)


async def probe(tools: Tools, folder: Path, name: str) -> Source:
    """Probe the file `name` in `folder`.

    Raises Refused with the reason when the file is not accepted.
    """
    path = folder / name
    demuxer = sniff(path)
    if is_cut(path, demuxer):
        raise Refused("truncated", "a box or element ends after the file")
    try:
        output = await run(commands.probe(tools.ffprobe, name, demuxer), cwd=folder, limits=LIMITS)
    except ChildExceeded as error:
        raise Refused("too_costly", error.errors) from error
    except ChildFailed as error:
        raise Refused("truncated" if "moov atom not found" in error.errors else "unreadable", error.errors) from error
    try:
        found = json.loads(output.text.decode("utf-8", "replace"))
    except ValueError as error:
        raise Refused("unreadable", "ffprobe printed no JSON") from error
    source = read(found, demuxer)
    picture = source.picture
    if picture.colour.transfer not in colour.RANGES and (picture.interlaced or picture.codec not in formats.UNSAID):
        return source
    return replace(source, picture=await _looked_at(tools, folder, name, source))


async def _looked_at(tools: Tools, folder: Path, name: str, source: Source) -> Picture:
    """Return a picture with what its first frame tells of fields, display and light; a film that tells nothing is as good."""
    picture = source.picture
    command = commands.first_picture(tools.ffprobe, name, source.demuxer, picture.index)
    try:
        found = json.loads((await run(command, cwd=folder, limits=LIMITS)).text)
    except (ChildFailed, ValueError):
        return picture
    frame: dict[str, Any] = next(iter(found.get("frames", ())), {})
    meant = colour.measured(picture.colour, frame) if picture.colour.transfer in colour.RANGES else picture.colour
    return replace(picture, colour=meant, interlaced=picture.interlaced or frame.get("interlaced_frame") == 1)


def sniff(path: Path) -> str:
    """Return the name of the demuxer for a file by its first bytes."""
    with path.open("rb") as file:
        head = file.read(formats.HEAD)
    if not head:
        raise Refused("empty")
    found = formats.container(head)
    if isinstance(found, formats.Container):
        return found.demuxer
    raise Refused("unsupported_container" if found else "not_media", named=f"This is {found}." if found else "")


def is_cut(path: Path, demuxer: str) -> bool:
    """Say whether the outer structure promises more bytes than there are."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if demuxer == "mov":
            return boxes.ends_early(file, size)
        return demuxer == "matroska" and _segment_end(file.read(4096)) > size


def _segment_end(head: bytes) -> int:
    """Return where the Segment of a Matroska file says it ends, 0 when it does not say (RFC 8794, EBML)."""
    position = 4
    length, width = _vint(head, position)
    position += width + length
    if head[position : position + 4] != b"\x18\x53\x80\x67":
        return 0
    length, width = _vint(head, position + 4)
    unknown = length == (1 << 7 * width) - 1
    return 0 if unknown else position + 4 + width + length


def _vint(data: bytes, position: int) -> tuple[int, int]:
    if position >= len(data) or data[position] == 0:
        return 0, 1
    width = 9 - data[position].bit_length()
    value = int.from_bytes(data[position : position + width], "big")
    return value & ((1 << 7 * width) - 1), width


def read(found: dict[str, Any], demuxer: str) -> Source:
    """Turn ffprobe's answer into a source; pure."""
    streams = [stream for stream in found.get("streams", ()) if isinstance(stream, dict)]
    streams = _program(found, streams)
    shown = [stream for stream in streams if stream.get("codec_type") in ("video", "audio", "subtitle")]
    if len(shown) > MOST_STREAMS:
        raise Refused("too_many_streams", f"{len(shown)} streams")
    picture = _picture(streams)
    sounds, unheard = _sounds(streams)
    texts, unread = _texts(streams)
    return Source(demuxer, picture, tuple(sounds), tuple(texts), (*unheard, *unread))


def _program(found: dict[str, Any], streams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the streams without those of other programs: a broadcast may carry several, each with its sounds."""
    programs = [{each.get("index") for each in program.get("streams", ())} for program in found.get("programs", ())]
    pictures = [stream.get("index") for stream in streams if stream.get("codec_type") == "video"]
    own = next((program for program in programs if program.intersection(pictures)), set())
    others = set().union(*programs) - own if own else set()
    return [stream for stream in streams if stream.get("index") not in others]


def _picture(streams: list[dict[str, Any]]) -> Picture:
    moving = [
        stream
        for stream in streams
        if stream.get("codec_type") == "video" and not stream.get("disposition", {}).get("attached_pic")
    ]
    if not moving:
        raise Refused("no_video")
    stream = max(moving, key=lambda item: bool(item.get("disposition", {}).get("default")))
    codec = str(stream.get("codec_name", "unknown"))
    if codec not in formats.PICTURES or _tag(stream) in formats.PROTECTED:
        raise Refused("unsupported_codec", codec, f"The picture is {_called(stream)}.")
    width, height = _size(stream)
    interlaced = stream.get("field_order") in ("tt", "bb", "tb", "bt")
    promised = _count(stream.get("nb_frames"))
    meant = colour.understand(stream)
    return Picture(int(stream["index"]), codec, width, height, _rates(stream), interlaced, promised, meant)


def _size(stream: dict[str, Any]) -> tuple[int, int]:
    width, height = int(stream.get("width") or 0), int(stream.get("height") or 0)
    if not (SMALLEST <= width <= LARGEST and SMALLEST <= height <= LARGEST):
        raise Refused("bad_dimensions", f"{width}x{height}")
    shape = _fraction(str(stream.get("sample_aspect_ratio", "1:1")).replace(":", "/")) or Fraction(1)
    if not Fraction(1, 4) <= shape <= 4:
        raise Refused("bad_dimensions", f"sample aspect ratio {shape}")
    width = round(width * shape)
    turned = any(abs(int(side.get("rotation", 0))) % 180 == 90 for side in stream.get("side_data_list", ()))
    width, height = (height, width) if turned else (width, height)
    if max(width, height) > 8 * min(width, height):
        raise Refused("bad_dimensions", f"{width}x{height}")
    return width, height


def _rates(stream: dict[str, Any]) -> tuple[Fraction, ...]:
    found = (_fraction(stream.get("avg_frame_rate")), _fraction(stream.get("r_frame_rate")))
    return tuple(rate for rate in found if rate is not None and Fraction(1, 2) <= rate <= 240)


def _count(text: object) -> int:
    return int(str(text)) if str(text).isdecimal() and len(str(text)) < 10 else 0


def _fraction(text: object) -> Fraction | None:
    try:
        value = Fraction(str(text))
    except (ValueError, ZeroDivisionError):
        return None
    return value if value > 0 else None


def _sounds(streams: list[dict[str, Any]]) -> tuple[list[Sound], list[LeftOut]]:
    """Return the tracks that can be decoded, and the others; where none can, the film would be mute and is refused."""
    found: list[Sound] = []
    others: list[LeftOut] = []
    for number, stream in enumerate(_of(streams, "audio")):
        codec, channels = str(stream.get("codec_name", "unknown")), int(stream.get("channels") or 0)
        if codec not in formats.SOUNDS or _tag(stream) in formats.PROTECTED:
            others.append(LeftOut(number, _language(stream), f"it is {_called(stream)}", "audio"))
        elif not 1 <= channels <= 16:
            others.append(LeftOut(number, _language(stream), f"it is {channels} channels", "audio"))
        elif str(stream.get("sample_rate")) == "0":
            others.append(LeftOut(number, _language(stream), "it is too damaged to be read", "audio"))
        elif len(found) == MOST_SOUNDS:
            others.append(LeftOut(number, _language(stream), f"no more than {MOST_SOUNDS} sounds are kept", "audio"))
        else:
            role, default = sound_role(stream), bool(_disposition(stream).get("default"))
            around = str(stream.get("channel_layout", "")).startswith(SURROUND)
            language, title, index = _language(stream), _title(stream), int(stream["index"])
            found.append(Sound(index, codec, channels, language, title, role, default, around, number))
    if others and not found:
        what = ", ".join(other.reason.removeprefix("it is ") for other in others[:MOST_SOUNDS])
        raise Refused("unsupported_codec", what, f"The sound is {what}.")
    return found, others


def _texts(streams: list[dict[str, Any]]) -> tuple[list[Text], list[LeftOut]]:
    """Return the subtitles that are text, and the others."""
    found: list[Text] = []
    others: list[LeftOut] = []
    for number, stream in enumerate(_of(streams, "subtitle")):
        codec = str(stream.get("codec_name", "unknown"))
        if codec not in formats.TEXTS:
            why = "it is pictures, not text" if codec in formats.PICTURED else f"it is {_called(stream)}"
            others.append(LeftOut(number, _language(stream), why))
        elif len(found) == MOST_TEXTS:
            others.append(LeftOut(number, _language(stream), f"no more than {MOST_TEXTS} are kept"))
        else:
            role = text_role(stream)
            found.append(Text(int(stream["index"]), codec, _language(stream), _title(stream), role, number))
    return found, others


def _of(streams: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [stream for stream in streams if stream.get("codec_type") == kind]


def _tag(stream: dict[str, Any]) -> str:
    tag = str(stream.get("codec_tag_string") or "")
    return "" if tag == "[0][0][0][0]" else tag


def _called(stream: dict[str, Any]) -> str:
    codec, described = str(stream.get("codec_name") or "unknown"), str(stream.get("codec_long_name") or "")
    return formats.named(codec, _tag(stream), "" if described == "unknown" else described)


def _language(stream: dict[str, Any]) -> str:
    return tag(stream.get("tags", {}).get("language"))


def _title(stream: dict[str, Any]) -> str:
    """Return the file's name for a track without what no name has: it is shown, and stands in manifests."""
    text = str(stream.get("tags", {}).get("title") or "")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:LONGEST_TITLE].strip()


def _disposition(stream: dict[str, Any]) -> dict[str, Any]:
    found = stream.get("disposition", {})
    return found if isinstance(found, dict) else {}


def sound_role(stream: dict[str, Any]) -> str:
    """Return what a sound is for: by its flags, or else by a name that says so."""
    flags, title = _disposition(stream), _title(stream)
    if flags.get("comment") or COMMENTARY.search(title):
        return "commentary"
    if flags.get("visual_impaired") or flags.get("descriptions") or DESCRIPTION.search(title):
        return "description"
    return "main"


def text_role(stream: dict[str, Any]) -> str:
    """Return what a subtitle is for: by its flags, or else by a name that says so."""
    flags, title = _disposition(stream), _title(stream)
    if flags.get("forced") or FORCED.search(title):
        return "forced"
    if flags.get("hearing_impaired") or flags.get("captions") or HEARING.search(title):
        return "sdh"
    return "commentary" if flags.get("comment") or COMMENTARY.search(title) else "main"
