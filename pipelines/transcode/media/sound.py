"""The sound: every language to stereo AAC, as long as the picture, at one loudness."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from pipelines.transcode.media import commands
from pipelines.transcode.media.commands import LOUDNESS, Heard, Loudness
from pipelines.transcode.media.sandbox import ChildExceeded, ChildFailed, Limits, run
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import Tools

SILENT = -60.0
TOLERANCE = 0.5
CORRECTIONS = 3


@dataclass(frozen=True)
class Encoded:
    """An encoded track in the job's directory; `loudness` in LUFS, None for a track too quiet to have one."""

    name: str
    language: str
    loudness: float | None


async def measure(tools: Tools, folder: Path, sound: Heard, seconds: float) -> Loudness:
    """Measure a track's loudness (EBU R 128)."""
    command = commands.measure_loudness(tools.ffmpeg, sound, seconds)
    try:
        output = await run(command, cwd=folder, limits=_limits(seconds))
    except ChildFailed as error:
        raise _refused(error) from error
    return parse(output.errors)


def parse(printed: str) -> Loudness:
    """Read what the loudnorm filter printed; infinities stay infinite."""
    start, end = printed.rfind("{"), printed.rfind("}")
    try:
        found = json.loads(printed[start : end + 1])
        return Loudness(*(float(found[f"input_{name}"]) for name in ("i", "tp", "lra", "thresh")))
    except (ValueError, KeyError) as error:
        raise Refused("encode_failed", f"loudness was not measured: {printed[-300:]}") from error


async def encode(
    tools: Tools, folder: Path, sound: Heard, language: str, measured: Loudness, seconds: float
) -> Encoded:
    """Encode a track to exactly `seconds`, within half a LU of the target.

    Peaky sound comes out too quiet after the usual two passes, so the result is measured and corrected under a limiter.
    """
    output = f"a{sound.index}.mp4"
    if not math.isfinite(measured.integrated) or measured.integrated < SILENT:
        await _encode(tools, folder, sound, seconds, "", output)
        return Encoded(output, language, None)
    gain = base = commands.two_pass(measured)
    by, found = 0.0, -math.inf
    for _ in range(CORRECTIONS):
        await _encode(tools, folder, sound, seconds, gain, output)
        found = (await measure(tools, folder, Heard(output, "mov", 0), seconds)).integrated
        if abs(found - LOUDNESS) <= TOLERANCE or not math.isfinite(found):
            break
        by += LOUDNESS - found
        gain = commands.corrected(base, by)
    return Encoded(output, language, found if math.isfinite(found) else None)


async def silence(tools: Tools, folder: Path, seconds: float) -> Encoded:
    """Make a silent track for a film without sound."""
    await _run(commands.encode_silence(tools.ffmpeg, seconds, "a0.mp4"), folder, seconds)
    return Encoded("a0.mp4", "und", None)


async def _encode(tools: Tools, folder: Path, sound: Heard, seconds: float, gain: str, output: str) -> None:
    await _run(commands.encode_audio(tools.ffmpeg, sound, seconds, gain, output), folder, seconds)


async def _run(command: list[str], folder: Path, seconds: float) -> None:
    try:
        await run(command, cwd=folder, limits=_limits(seconds))
    except ChildFailed as error:
        raise _refused(error) from error


def _limits(seconds: float) -> Limits:
    return Limits(seconds=60 + seconds, cpu_seconds=60 + int(seconds), files=128)


def _refused(error: ChildFailed) -> Refused:
    if isinstance(error, ChildExceeded):
        return Refused("too_costly", error.errors)
    return Refused("storage_full" if "No space left" in error.errors else "encode_failed", str(error))
