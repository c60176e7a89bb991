"""Reads our own HLS and DASH manifests into one shape, so that a program can compare them with the segments."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from lxml import etree

ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)')
DASH = "{urn:mpeg:dash:schema:mpd:2011}"
TRANSFER = "urn:mpeg:mpegB:cicp:TransferCharacteristics"
# By the transfer characteristics of ITU-T H.273; all others are SDR.
RANGES = {16: "PQ", 18: "HLG"}


class BadManifest(ValueError):
    """A manifest cannot be read or points outside its directory."""


@dataclass
class Stream:
    """One rendition as a manifest describes it; paths are relative to the directory of the manifests.

    `range` is a picture's, "SDR", "PQ" or "HLG"; `group` is the one a sound of HLS is in, or that of the sounds a variant has: a
    picture is in as many variants.
    """

    kind: str
    codecs: str = ""
    width: int = 0
    height: int = 0
    bandwidth: int = 0
    average: int = 0
    range: str = ""
    group: str = ""
    init: str = ""
    segments: list[str] = field(default_factory=list)
    durations: list[float] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """Return every file the stream needs."""
        return [name for name in (self.init, *self.segments, *self.extra) if name]


def resolve(base: str, uri: str) -> str:
    """Return a URI of a manifest as a path in the directory; one grant covers only what is inside."""
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", uri) or uri.startswith("/") or "?" in uri or "%" in uri:
        raise BadManifest(f"{uri!r} is not a plain relative address")
    parts: list[str] = []
    for part in (PurePosixPath(base).parent / uri).parts:
        if part == "..":
            if not parts:
                raise BadManifest(f"{uri!r} leaves the directory")
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def attributes(line: str) -> dict[str, str]:
    """Return the attribute list of an HLS tag, unquoted."""
    return {name: value.strip('"') for name, value in ATTRIBUTE.findall(line.partition(":")[2])}


def read_hls(folder: Path, master: str = "master.m3u8") -> list[Stream]:
    """Read a multivariant playlist and every playlist it names."""
    lines = _lines(folder, master)
    streams: list[Stream] = []
    for number, line in enumerate(lines):
        found = attributes(line)
        if line.startswith("#EXT-X-STREAM-INF:"):
            stream = _variant(found)
            _read_playlist(folder, resolve(master, lines[number + 1]), stream)
        elif line.startswith("#EXT-X-MEDIA:") and "URI" in found:
            stream = Stream({"AUDIO": "audio", "SUBTITLES": "text"}.get(found["TYPE"], found["TYPE"].lower()))
            stream.group = found.get("GROUP-ID", "")
            _read_playlist(folder, resolve(master, found["URI"]), stream)
        elif line.startswith("#EXT-X-I-FRAME-STREAM-INF:"):
            stream = _variant(found, "iframe")
            _read_playlist(folder, resolve(master, found["URI"]), stream)
        elif line.startswith("#EXT-X-IMAGE-STREAM-INF:"):
            stream = Stream("image", bandwidth=int(found.get("BANDWIDTH", 0)))
            _read_playlist(folder, resolve(master, found["URI"]), stream)
        else:
            continue
        streams.append(stream)
    return streams


def _variant(found: dict[str, str], kind: str = "video") -> Stream:
    width, _, height = found.get("RESOLUTION", "0x0").partition("x")
    return Stream(
        kind,
        found.get("CODECS", ""),
        int(width),
        int(height),
        int(found.get("BANDWIDTH", 0)),
        int(found.get("AVERAGE-BANDWIDTH", 0)),
        found.get("VIDEO-RANGE", ""),
        found.get("AUDIO", ""),
    )


def _lines(folder: Path, name: str) -> list[str]:
    try:
        lines = [line.strip() for line in (folder / name).read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise BadManifest(f"{name} is missing") from error
    if not lines or lines[0] != "#EXTM3U":
        raise BadManifest(f"{name} is not a playlist")
    return lines


def _read_playlist(folder: Path, name: str, stream: Stream) -> None:
    stream.extra.append(name)
    lines = _lines(folder, name)
    if lines[-1] != "#EXT-X-ENDLIST":
        raise BadManifest(f"{name} does not end")
    for line in lines:
        if line.startswith("#EXT-X-MAP:"):
            stream.init = resolve(name, attributes(line)["URI"])
        elif line.startswith("#EXTINF:"):
            stream.durations.append(float(line[8:].split(",")[0]))
        elif not line.startswith("#"):
            stream.segments.append(resolve(name, line))


def read_dash(folder: Path, name: str = "manifest.mpd") -> tuple[float, list[Stream]]:
    """Read an MPD with segment templates; returns its duration in seconds and its representations."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring((folder / name).read_bytes(), parser)
    except (OSError, etree.XMLSyntaxError) as error:
        raise BadManifest(f"{name} cannot be read: {error}") from error
    duration = _period(root.get("mediaPresentationDuration", ""))
    streams = []
    for group in root.iter(f"{DASH}AdaptationSet"):
        for representation in group.findall(f"{DASH}Representation"):
            streams.append(_representation(group, representation, duration, name))
    return duration, streams


def _period(text: str) -> float:
    match = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?", text)
    if match is None:
        raise BadManifest(f"duration {text!r} cannot be read")
    hours, minutes, seconds = (float(group or 0) for group in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _representation(group: etree._Element, item: etree._Element, duration: float, base: str) -> Stream:
    # What all representations of a set share is written once, on the set.
    common = {str(name): str(value) for each in (group, item) for name, value in each.items()}
    kind = (common.get("contentType") or common.get("mimeType", "")).partition("/")[0]
    codecs = common.get("codecs", "")
    stream = Stream(
        "text" if codecs == "wvtt" else kind,
        codecs,
        int(common.get("width", 0)),
        int(common.get("height", 0)),
        int(common.get("bandwidth", 0)),
        range=_range(group),
    )
    template = item.find(f"{DASH}SegmentTemplate")
    template = group.find(f"{DASH}SegmentTemplate") if template is None else template
    if template is None:
        raise BadManifest("a representation has no segment template")
    if template.get("initialization"):
        stream.init = resolve(base, _expand(template.get("initialization", ""), item, 0))
    stream.durations = list(_lengths(template, duration))
    first = int(template.get("startNumber", 1))
    stream.segments = [
        resolve(base, _expand(template.get("media", ""), item, first + number))
        for number in range(len(stream.durations))
    ]
    return stream


def _range(group: etree._Element) -> str:
    for name in ("EssentialProperty", "SupplementalProperty"):
        for said in group.findall(f"{DASH}{name}"):
            if said.get("schemeIdUri") == TRANSFER:
                return RANGES.get(int(said.get("value", 0)), "SDR")
    return ""


def _lengths(template: etree._Element, duration: float) -> Iterator[float]:
    scale = int(template.get("timescale", 1))
    timeline = template.find(f"{DASH}SegmentTimeline")
    if timeline is None:
        length = int(template.get("duration", 0)) / scale
        if length <= 0:
            raise BadManifest("segments have no duration")
        for number in range(math.ceil(duration / length - 1e-6)):
            yield min(length, duration - number * length)
        return
    for entry in timeline:
        for _ in range(int(entry.get("r", 0)) + 1):
            yield int(entry.get("d", 0)) / scale


def _expand(template: str, item: etree._Element, number: int) -> str:
    name = template.replace("$RepresentationID$", item.get("id", ""))
    name = re.sub(r"\$Number%0(\d+)d\$", lambda width: f"{number:0{width[1]}d}", name)
    return name.replace("$Number$", str(number))
