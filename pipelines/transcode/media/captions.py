"""Embedded subtitles as WebVTT: converted, stripped of markup that is not WebVTT's own, cut to the film's length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.transcode.media import commands
from pipelines.transcode.media.sandbox import ChildFailed, Limits, run
from pipelines.transcode.media.source import Source, Text
from pipelines.transcode.media.thumbnails import stamp
from pipelines.transcode.media.timeline import Timeline
from pipelines.transcode.media.tools import Tools

LIMITS = Limits(seconds=300, cpu_seconds=120, file_bytes=32 * 1024**2)
TIMING = re.compile(r"^(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3}) --> (?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})")
TAG = re.compile(r"<(?!/?(?:b|i|u)>)[^>]*>?")


@dataclass(frozen=True)
class Extracted:
    """A caption file in the job's directory."""

    name: str
    source: Text


async def extract(
    tools: Tools, folder: Path, name: str, source: Source, film: Timeline, seconds: float
) -> list[Extracted]:
    """Convert every subtitle track of a source; one that cannot be converted or says nothing is left out."""
    found = []
    for number, text in enumerate(source.texts):
        output = folder / f"t{number}.vtt"
        command = commands.extract_text(tools.ffmpeg, name, source.demuxer, text.index, output.name)
        try:
            await run(command, cwd=folder, limits=LIMITS)
        except ChildFailed:
            continue
        tidy = tidied(output.read_text("utf-8", "replace"), seconds, film.origin)
        if "-->" in tidy:
            output.write_text(tidy, "utf-8")
            found.append(Extracted(output.name, text))
    return found


def cue_times(line: str) -> tuple[float, float] | None:
    """Return start and end in seconds of a WebVTT timing line, None for any other line."""
    match = TIMING.match(line)
    if match is None:
        return None
    numbers = [int(group or 0) for group in match.groups()]
    start, end = (
        hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
        for hours, minutes, seconds, milliseconds in (numbers[:4], numbers[4:])
    )
    return start, end


def tidied(text: str, seconds: float, origin: float = 0.0) -> str:
    """Keep cues with their plain text and `<b> <i> <u>`, inside the film's length; the film begins at `origin` of their time."""
    blocks = ["WEBVTT"]
    for block in re.split(r"\n\s*\n", text.replace("\r", "")):
        lines = block.strip().split("\n")
        at = next((n for n, line in enumerate(lines) if cue_times(line)), None)
        if at is None:
            continue
        times = cue_times(lines[at])
        assert times is not None
        # In milliseconds, which is all that a time can say: a film may end in the one in which a cue begins.
        start, end = (round(min(max(time - origin, 0.0), seconds) * 1000) / 1000 for time in times)
        words = [TAG.sub("", line).replace("-->", "→").strip() for line in lines[at + 1 :]]
        words = [line for line in words if line]
        if words and start < end:
            blocks.append("\n".join([f"{stamp(start)} --> {stamp(end)}", *words]))
    return "\n\n".join(blocks) + "\n"
