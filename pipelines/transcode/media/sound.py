"""The sound: every language to AAC in stereo, and in 5.1 where it has it, as long as the picture, at one loudness."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from pipelines.transcode.media import commands
from pipelines.transcode.media.commands import LOUDNESS, Heard
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.sandbox import ChildExceeded, ChildFailed, run
from pipelines.transcode.media.source import Refused, Sound
from pipelines.transcode.media.tools import Tools

SILENT = -60.0
# What ffmpeg says of a track that was never loud enough to be measured. LUFS.
NOTHING = -70.0
TOLERANCE = 0.5
CORRECTIONS = 3
# What is louder than the first in a source may not be fainter than the second, before its gain, in what was made of it. dBFS.
HEARD, LOST = -50.0, -70.0
# What ffmpeg says where the filters of a sound would have to begin anew.
CHANGES = "properties on the fly is not supported"
# How ffmpeg ends where most of a track cannot be decoded, and what it says where its decoder refuses to begin.
ERRORS = 69
NO_DECODER = "Error while opening decoder"
UNDECODABLE = "it cannot be decoded"
# A silence that began or ended so much earlier or later is the same. Seconds.
SLACK = 0.03


@dataclass(frozen=True)
class Loudness:
    """What was measured: integrated loudness in LUFS, true peak in dBTP, and the silences, begin and end in seconds."""

    integrated: float
    peak: float
    silences: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Encoded:
    """An encoded track in the job's directory; `loudness` in LUFS, None for one too quiet to have it.

    `source` is None for the silence of a film without sound.
    """

    name: str
    source: Sound | None
    loudness: float | None
    channels: int = 2


class Changed(Exception):
    """The rate or the loudspeakers of a track change on its way: it is to be made `even` first."""


class Undecodable(Exception):
    """A track is named like one that can be decoded, but cannot be."""


async def measure(tools: Tools, folder: Path, sound: Heard, seconds: float, silence: float = HEARD) -> Loudness:
    """Measure a track's loudness (EBU R 128), and where it is fainter than `silence` dBFS. Raises Changed or Undecodable."""
    command = commands.measure_sound(tools.ffmpeg, sound, seconds, silence)
    lines: list[str] = []

    def on_line(line: str) -> None:
        if line.startswith("lavfi.silence_"):
            lines.append(line)

    try:
        output = await run(command, cwd=folder, limits=_limits(seconds), on_line=on_line)
    except ChildFailed as error:
        if CHANGES in error.errors:
            raise Changed from error
        if error.code == ERRORS or NO_DECODER in error.errors:
            raise Undecodable from error
        raise _refused(error) from error
    return parse(output.errors, lines, seconds)


def parse(printed: str, lines: Sequence[str], seconds: float) -> Loudness:
    """Read what the filters printed; infinities stay infinite, a silence without an end lasts until `seconds`."""
    try:
        integrated = float(re.findall(r"^ *I: +(\S+) LUFS", printed, re.MULTILINE)[-1])
        peak = float(re.findall(r"^ *Peak: +(\S+) dBFS", printed, re.MULTILINE)[-1])
        told = [line.removeprefix("lavfi.silence_").partition("=") for line in lines]
        starts = [float(value) for name, _, value in told if name == "start"]
        ends = [float(value) for name, _, value in told if name == "end"]
    except (ValueError, IndexError) as error:
        raise Refused("encode_failed", f"loudness was not measured: {printed[-300:]}") from error
    return Loudness(
        integrated if integrated > NOTHING else -math.inf, peak, tuple(zip_longest(starts, ends, fillvalue=seconds))
    )


def holes(source: Loudness, made: Loudness) -> list[tuple[float, float]]:
    """Return the silences in what was made that are not in its source, begin and end in seconds."""
    found, at = [], 0
    for start, end in made.silences:
        while at < len(source.silences) and source.silences[at][1] < start:
            at += 1
        within, left = at, start
        # Silences of the source that follow each other closely cover one that joined them.
        while within < len(source.silences) and source.silences[within][0] <= left + SLACK:
            left = max(left, source.silences[within][1])
            within += 1
        if end > left + SLACK:
            found.append((left, end))
    return found


async def encode(
    tools: Tools, folder: Path, sound: Heard, source: Sound, measured: Loudness, seconds: float
) -> Encoded:
    """Encode a track to exactly `seconds`, with one gain to within half a LU of the target.

    A limiter that has much to do leaves the sound too quiet, so the result is measured and the gain corrected.

    Raises Refused where what was heard in the source is not heard in the result.
    """
    output = f"a{source.index}.mp4" if sound.channels == 2 else f"a{source.index}_{sound.channels}.mp4"
    if not math.isfinite(measured.integrated) or measured.integrated < SILENT:
        await _encode(tools, folder, sound, seconds, "", output)
        return Encoded(output, source, None, sound.channels)
    by = LOUDNESS - measured.integrated
    for _ in range(CORRECTIONS):
        await _encode(tools, folder, sound, seconds, commands.gain(by, measured.peak), output)
        found = await measure(tools, folder, Heard(output, "mov", 0, channels=sound.channels), seconds, LOST + by)
        if abs(found.integrated - LOUDNESS) <= TOLERANCE or not math.isfinite(found.integrated):
            break
        by += LOUDNESS - found.integrated
    if lost := holes(measured, found):
        raise Refused("encode_failed", f"track {source.index} is silent at {lost[:5]}, its source is not")
    loudness = found.integrated if math.isfinite(found.integrated) else None
    return Encoded(output, source, loudness, sound.channels)


async def surround(
    tools: Tools, folder: Path, sound: Heard, source: Sound, length: float, seconds: float
) -> list[Encoded]:
    """Encode a track of `length` to 5.1 as well, with a gain of its own, where it has as much; a commentary needs no room."""
    if not source.surround or source.role != "main":
        return []
    around = replace(sound, channels=6)
    measured = await measure(tools, folder, around, length)
    return [await encode(tools, folder, around, source, measured, seconds)]


async def even(tools: Tools, folder: Path, sound: Heard, source: Sound, seconds: float) -> Heard:
    """Return what to read instead of a track that changes on its way, as broadcasts do: from stereo to 5.1 and back."""
    output = f"even{source.index}.mka"
    full = replace(sound, channels=6 if source.surround else 2)
    await _run(commands.even_sound(tools.ffmpeg, full, output), folder, seconds, output)
    return replace(sound, name=output, demuxer="matroska", index=0)


async def silence(tools: Tools, folder: Path, seconds: float) -> Encoded:
    """Make a silent track for a film without sound."""
    await _run(commands.encode_silence(tools.ffmpeg, seconds, "a0.mp4"), folder, seconds, "a0.mp4")
    return Encoded("a0.mp4", None, None)


async def _encode(tools: Tools, folder: Path, sound: Heard, seconds: float, gain: str, output: str) -> None:
    await _run(commands.encode_audio(tools.ffmpeg, sound, seconds, gain, output), folder, seconds, output)


async def _run(command: list[str], folder: Path, seconds: float, output: str) -> None:
    try:
        await run(command, cwd=folder, limits=_limits(seconds), writes=[folder / output])
    except ChildFailed as error:
        raise _refused(error) from error


def _limits(seconds: float) -> Limits:
    return Limits(seconds=60 + seconds, cpu_seconds=60 + int(seconds), files=128)


def _refused(error: ChildFailed) -> Refused:
    if isinstance(error, ChildExceeded):
        return Refused("too_costly", error.errors)
    return Refused("storage_full" if "No space left" in error.errors else "encode_failed", str(error))
