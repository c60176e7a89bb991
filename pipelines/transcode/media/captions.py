"""Embedded subtitles as WebVTT: each track read in its own format, cut to the film, left out where it cannot be shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from libs.chassis import telemetry
from pipelines.transcode.media import commands, cues, subtitles
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.sandbox import ChildFailed, run
from pipelines.transcode.media.source import Source, Text
from pipelines.transcode.media.subtitles import Unusable
from pipelines.transcode.media.timeline import Timeline
from pipelines.transcode.media.tools import Tools

log = telemetry.logger(__name__)

# Copying out a track reads the whole film; what it may write is far more than any script.
LIMITS = Limits(seconds=300, cpu_seconds=120, file_bytes=24 * 1024**2)
# How each codec is written out and what it then is: encoder, file format, form. Only MP4's own text is converted.
FORMS = {
    "subrip": ("copy", "srt", "srt"), "text": ("copy", "srt", "srt"), "webvtt": ("copy", "webvtt", "webvtt"),
    "ass": ("copy", "ass", "ass"), "ssa": ("ass", "ass", "ass"), "mov_text": ("ass", "ass", "mp4"),
}  # fmt: skip
# Thinned to less than this, a track is no longer what was written.
KEPT = 0.5


@dataclass(frozen=True)
class Extracted:
    """A caption file in the job's directory."""

    name: str
    source: Text


@dataclass(frozen=True)
class Unshown:
    """A track that cannot be shown, and why."""

    number: int
    language: str
    reason: str


async def extract(
    tools: Tools, folder: Path, name: str, source: Source, film: Timeline, seconds: float
) -> list[Extracted | Unshown]:
    """Convert every subtitle track of a source; the film goes on without one that cannot be shown."""
    found: list[Extracted | Unshown] = []
    for number, text in enumerate(source.texts):
        output = folder / f"t{number}.vtt"
        try:
            data, form = await _copied(tools, folder, name, source, text)
            # In a thread: the worker's heartbeat goes on meanwhile.
            written = await asyncio.to_thread(converted, data, form, seconds, film.origin)
        except (ChildFailed, Unusable) as error:
            log.warning("captions_left_out", track=number, language=text.language, reason=str(error))
            found.append(Unshown(number, text.language, _why(error)))
            continue
        output.write_text(written, "utf-8")
        found.append(Extracted(output.name, text))
    return found


def _why(error: ChildFailed | Unusable) -> str:
    return str(error) if isinstance(error, Unusable) else "it cannot be read, or is too large"


async def _copied(tools: Tools, folder: Path, name: str, source: Source, text: Text) -> tuple[bytes, str]:
    encoder, file, form = FORMS[text.codec]
    raw = folder / f"text{text.index}.{file}"
    command = commands.extract_text(tools.ffmpeg, name, source.demuxer, text.index, encoder, file, raw.name)
    try:
        await run(command, cwd=folder, limits=LIMITS, writes=[raw])
        return raw.read_bytes(), form
    finally:
        raw.unlink(missing_ok=True)


def converted(data: bytes, form: str, seconds: float, origin: float = 0.0) -> str:
    """Return a track as WebVTT that lasts as long as the film, which begins at `origin` of the track's time.

    Raises Unusable with the reason where nothing can be shown of it, or only a small part.
    """
    every = cues.fitted(subtitles.read(data, form), seconds, origin)
    kept = cues.thinned(every)
    if not every:
        raise Unusable("it says nothing while the film lasts")
    if len(kept) < KEPT * len(every):
        raise Unusable(
            f"it shows more than {cues.MOST_A_SECOND} cues a second: {len(every) - len(kept)} of {len(every)}"
        )
    if len(kept) < len(every):
        log.warning("captions_thinned", left_out=len(every) - len(kept), cues=len(every))
    return cues.document(kept, seconds)
