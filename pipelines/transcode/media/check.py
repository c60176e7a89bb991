"""The checks every film passes before it is published: manifests against segments, renditions against each other.

Reads bytes only, so it can be pointed at any published directory.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.transcode.media.bandwidth import Rates, of_groups, of_stream
from pipelines.transcode.media.boxes import Malformed, Track, read_fragments, read_track
from pipelines.transcode.media.commands import GOP_SECONDS, LOUDNESS, SEGMENT_SECONDS
from pipelines.transcode.media.cues import cue_times
from pipelines.transcode.media.manifests import RANGES, BadManifest, Stream, read_dash, read_hls

LOUDNESS_TOLERANCE = 1.0
SEGMENT_TOLERANCE = 0.1
BANDWIDTH_TOLERANCE = 0.01
AAC_FRAME = 1024 / 48_000
SPRITE = re.compile(r"(sprite_\d+\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)")


@dataclass(frozen=True)
class Rendition:
    """A rendition as measured: `peak` is the fastest segment and `average` the whole, both in bit/s; `range` as HLS says it."""

    name: str
    width: int
    height: int
    codec: str
    peak: int
    average: int
    fps: float
    seconds: float
    range: str = "SDR"


@dataclass
class Report:
    """What was found; publishable when `problems` is empty. `seconds` is the length of the first rendition."""

    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    renditions: list[Rendition] = field(default_factory=list)
    files: set[str] = field(default_factory=set)


@dataclass
class _Measured:
    seconds: float
    frame: float
    starts: list[float]
    keys: list[float]


def check(folder: Path, loudness: Sequence[float | None] = ()) -> Report:
    """Check the film in a directory with `master.m3u8` and `manifest.mpd`; loudness in LUFS, None for silence."""
    report = Report()
    try:
        hls = read_hls(folder)
        duration, dash = read_dash(folder)
    except (BadManifest, ValueError, KeyError, IndexError, ArithmeticError) as error:
        report.problems.append(f"manifest: {type(error).__name__}: {error}")
        return report
    _files(folder, hls + dash, report)
    if report.problems:
        return report
    videos = _renditions(folder, hls, report)
    _agree(videos, report)
    _sounds(folder, hls, report)
    _manifests_agree(hls, dash, duration, report)
    _bandwidths(folder, hls, dash, report)
    for stream in hls:
        if stream.kind == "text":
            _captions(folder, stream, report)
    for stream in (*hls, *dash):
        if stream.kind == "text":
            _lasts(stream, report)
    _sprites(folder, report)
    for level in loudness:
        if level is not None and abs(level - LOUDNESS) > LOUDNESS_TOLERANCE:
            report.problems.append(f"loudness: {level} LUFS instead of {LOUDNESS}")
    return report


def _files(folder: Path, streams: Sequence[Stream], report: Report) -> None:
    report.files = {"master.m3u8", "manifest.mpd", "thumbnails.vtt"}
    for stream in streams:
        report.files.update(stream.files)
    for name in sorted(report.files):
        path = folder / name
        if not path.is_file() or path.stat().st_size == 0:
            report.problems.append(f"missing: {name}")
    kinds = {stream.kind for stream in streams}
    report.problems += [f"no {kind} stream" for kind in ("video", "audio", "image") if kind not in kinds]


def _once(streams: Sequence[Stream], kind: str) -> list[Stream]:
    """Return the renditions of a kind, of which several variants or groups may be made, once each."""
    return list({stream.init: stream for stream in reversed(streams) if stream.kind == kind}.values())[::-1]


def _renditions(folder: Path, streams: Sequence[Stream], report: Report) -> list[_Measured]:
    found = []
    for stream in _once(streams, "video"):
        measured, peak, average = _measure(folder, stream, report)
        if measured is None:
            continue
        name = stream.init.partition("/")[0]
        found.append(measured)
        codec = stream.codecs.split(",")[0]
        report.renditions.append(
            Rendition(
                name=name,
                width=stream.width,
                height=stream.height,
                codec=codec,
                peak=peak,
                average=average,
                fps=round(1 / measured.frame, 3),
                seconds=measured.seconds,
                range=stream.range or "SDR",
            )
        )
    report.seconds = found[0].seconds if found else 0.0
    return found


def _measure(folder: Path, stream: Stream, report: Report) -> tuple[_Measured | None, int, int]:
    """Read every segment of a rendition; returns its times, peak and average bit rate."""
    measured = _Measured(0.0, 0.0, [], [])
    peak = size = 0
    if not stream.segments:
        report.problems.append(f"empty: {stream.init} has no segments")
        return None, 0, 0
    try:
        track = read_track(folder / stream.init)
        _as_declared(stream, track, report)
        expected, skip = 0, track.skip if stream.kind == "audio" else 0
        for name, declared in zip(stream.segments, stream.durations, strict=True):
            part = read_fragments(folder / name, track)
            seconds = part.duration / track.timescale
            if part.start != expected:
                report.problems.append(f"gap: {name} starts at {part.start}, not at {expected}")
            # An edit list takes the priming off the first segment as declared, and moves the boundaries after it.
            if abs(seconds - declared) > 0.002 + skip / track.timescale:
                report.problems.append(f"segment: {name} lasts {seconds:.3f} s, {declared} declared")
            if stream.kind == "video" and not part.first_is_sync:
                report.problems.append(f"keyframe: {name} does not start with one")
            last = name == stream.segments[-1]
            if not last and abs(seconds - SEGMENT_SECONDS) > SEGMENT_SECONDS * SEGMENT_TOLERANCE:
                report.problems.append(f"segment: {name} lasts {seconds:.3f} s")
            measured.frame = measured.frame or seconds / part.samples
            measured.starts.append(part.start / track.timescale)
            measured.keys += [time / track.timescale for time in part.sync]
            expected = part.start + part.duration
            bits = (folder / name).stat().st_size * 8
            size += bits
            if not last or len(stream.segments) == 1:
                peak = max(peak, round(bits / seconds))
        measured.seconds = (expected - skip) / track.timescale
        average = round(size / measured.seconds)
    except (Malformed, struct.error, ValueError, IndexError, StopIteration, ZeroDivisionError) as error:
        report.problems.append(f"unreadable: {stream.init}: {error}")
        return None, 0, 0
    return measured, peak, average


def _as_declared(stream: Stream, track: Track, report: Report) -> None:
    declared = stream.codecs.split(",")
    if stream.codecs and track.codec not in declared:
        report.problems.append(f"codec: {stream.init} is {track.codec}, {stream.codecs} declared")
    if stream.kind != "video":
        return
    if (track.width, track.height) != (stream.width, stream.height):
        size = f"{track.width}x{track.height}"
        report.problems.append(f"size: {stream.init} is {size}, {stream.width}x{stream.height} declared")
    if track.colour is None:
        report.problems.append(f"colour: {stream.init} does not say how it is meant")
    elif (found := RANGES.get(track.colour[1], "SDR")) != stream.range:
        report.problems.append(f"colour: {stream.init} is {found}, {stream.range or 'nothing'} declared")


def _agree(videos: Sequence[_Measured], report: Report) -> None:
    if not videos:
        report.problems.append("no rendition could be read")
        return
    one = videos[0]
    for number, other in enumerate(videos[1:], 1):
        if abs(other.seconds - one.seconds) > one.frame:
            report.problems.append(f"duration: rendition {number} lasts {other.seconds:.3f} s, not {one.seconds:.3f} s")
        if len(other.keys) != len(one.keys) or any(
            abs(a - b) > one.frame / 2 for a, b in zip(other.keys, one.keys, strict=True)
        ):
            report.problems.append(f"keyframe: rendition {number} is not aligned with the first")
    gaps = [b - a for a, b in zip(one.keys, [*one.keys[1:], one.seconds], strict=True)]
    if one.keys and max(gaps) > GOP_SECONDS * (1 + SEGMENT_TOLERANCE):
        report.problems.append(f"keyframe: {max(gaps):.3f} s without one")


def _sounds(folder: Path, streams: Sequence[Stream], report: Report) -> None:
    frame = 1 / report.renditions[0].fps if report.renditions else 0.0
    codecs = {codec for stream in streams if stream.kind == "video" for codec in stream.codecs.split(",")}
    for stream in _once(streams, "audio"):
        measured, _, _ = _measure(folder, stream, report)
        if measured is None:
            continue
        if abs(measured.seconds - report.seconds) > max(frame, AAC_FRAME):
            report.problems.append(
                f"duration: {stream.init} lasts {measured.seconds:.3f} s, not {report.seconds:.3f} s"
            )
        if read_track(folder / stream.init).codec not in codecs:
            report.problems.append(f"codec: {stream.init} is not among {sorted(codecs)}")


def _manifests_agree(hls: Sequence[Stream], dash: Sequence[Stream], duration: float, report: Report) -> None:
    for kind in ("video", "audio", "image"):
        one = {name for stream in hls if stream.kind == kind for name in (stream.init, *stream.segments)}
        other = {name for stream in dash if stream.kind == kind for name in (stream.init, *stream.segments)}
        if one != other:
            report.problems.append(f"manifests: {kind} differs in {sorted(one ^ other)[:4]}")
    pictures = {(s.init, s.width, s.height, s.codecs.split(",")[0], s.range) for s in hls if s.kind == "video"}
    if pictures != {(s.init, s.width, s.height, s.codecs, s.range) for s in dash if s.kind == "video"}:
        report.problems.append("manifests: video codecs, sizes or ranges differ")
    frame = 1 / report.renditions[0].fps if report.renditions else 0.0
    if abs(duration - report.seconds) > max(frame, AAC_FRAME):
        report.problems.append(f"manifests: DASH says {duration:.3f} s, the picture lasts {report.seconds:.3f} s")
    for stream in (*hls, *dash):
        if stream.kind == "image" and sum(stream.durations) < report.seconds - frame:
            report.problems.append(f"sprites: the image stream covers {sum(stream.durations):.3f} s")
        if stream.kind == "iframe" and abs(sum(stream.durations) - report.seconds) > 2 * frame + 0.05:
            report.problems.append(f"trick play: {stream.extra[0]} covers {sum(stream.durations):.3f} s")


def _bandwidths(folder: Path, hls: Sequence[Stream], dash: Sequence[Stream], report: Report) -> None:
    """Compare every declared bit rate with the bytes."""
    told = [one for one in hls if one.kind in ("video", "audio") and len(one.segments) == len(one.durations) > 0]
    rates = {one.init: of_stream(folder, one) for one in told}
    sounds = of_groups(told, rates)
    for one in hls:
        if one.bandwidth < one.average:
            report.problems.append(
                f"bandwidth: {one.extra[0]} declares {one.bandwidth} bit/s at most, {one.average} usually"
            )
        if one.kind == "video" and one.init in rates:
            found = rates[one.init] + sounds.get(one.group, Rates())
            _near(f"bandwidth: {one.extra[0]}", one.bandwidth, found.peak, report)
            _near(f"average bandwidth: {one.extra[0]}", one.average, found.average, report)
    for one in (*hls, *dash):
        if one.kind == "image" and len(one.segments) == len(one.durations) > 0:
            _near("bandwidth: the small pictures", one.bandwidth, of_stream(folder, one).peak, report)
    for one in dash:
        if one.init in rates:
            _near(f"bandwidth: {one.init} in DASH", one.bandwidth, rates[one.init].peak, report)


def _near(name: str, declared: int, found: int, report: Report) -> None:
    if abs(declared - found) > found * BANDWIDTH_TOLERANCE:
        report.problems.append(f"{name} has {found} bit/s, {declared} declared")


def _lines(folder: Path, name: str, report: Report) -> list[str]:
    try:
        return (folder / name).read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        report.problems.append(f"text: {name} is not UTF-8")
        return []


def _captions(folder: Path, stream: Stream, report: Report) -> None:
    for name in stream.segments:
        lines = _lines(folder, name, report)
        if not lines or not lines[0].startswith("WEBVTT"):
            report.problems.append(f"captions: {name} is not WebVTT")
        for line in lines:
            if "-->" not in line:
                continue
            times = cue_times(line)
            if times is None or times[0] >= times[1]:
                report.problems.append(f"captions: {name} has a bad time {line!r}")
            elif times[1] > report.seconds + 0.1:
                report.problems.append(f"captions: {name} goes past the end")


def _lasts(stream: Stream, report: Report) -> None:
    """Captions last as long as the picture: some players take the end of the shortest stream for the film's."""
    seconds = sum(stream.durations)
    if not -0.1 < seconds - report.seconds < SEGMENT_SECONDS:
        name = stream.init or stream.extra[0]
        report.problems.append(f"captions: {name} lasts {seconds:.3f} s, the picture {report.seconds:.3f} s")


def _sprites(folder: Path, report: Report) -> None:
    end, sizes = 0.0, dict[str, tuple[int, int]]()
    for line in _lines(folder, "thumbnails.vtt", report):
        times = cue_times(line)
        if times is not None:
            if abs(times[0] - end) > 0.002:
                report.problems.append(f"sprites: nothing from {end:.3f} s to {times[0]:.3f} s")
            end = times[1]
            continue
        match = SPRITE.fullmatch(line)
        if match is None:
            continue
        name = match[1]
        if name not in report.files:
            report.problems.append(f"sprites: {name} is not in the manifests")
            return
        if name not in sizes:
            sizes[name] = jpeg_size((folder / name).read_bytes())
        x, y, width, height = (int(match[group]) for group in range(2, 6))
        if x + width > sizes[name][0] or y + height > sizes[name][1]:
            report.problems.append(f"sprites: a rectangle is outside {name}")
    if abs(end - report.seconds) > 0.05:
        report.problems.append(f"sprites: they end at {end:.3f} s of {report.seconds:.3f} s")


def jpeg_size(data: bytes) -> tuple[int, int]:
    """Return width and height of a JPEG from its frame header, (0, 0) when it has none."""
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker, (length,) = data[position + 1], struct.unpack_from(">H", data, position + 2)
        if 0xC0 <= marker <= 0xC3:
            height, width = struct.unpack_from(">HH", data, position + 5)
            return width, height
        position += 2 + length
    return 0, 0
