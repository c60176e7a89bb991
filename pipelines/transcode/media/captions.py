"""Embedded subtitles as WebVTT: each track read in its own format, cut to the film, left out where it cannot be shown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from libs.chassis import telemetry
from pipelines.transcode.media import commands, cues, subtitles
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.sandbox import ChildFailed, run
from pipelines.transcode.media.source import LeftOut, Source, Text
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


async def extract(
    tools: Tools, folder: Path, name: str, source: Source, film: Timeline, seconds: float
) -> list[Extracted | LeftOut]:
    """Convert every subtitle track of a source; the film goes on without one that cannot be shown."""
    found: list[Extracted | LeftOut] = []
    there = await _copied(tools, folder, name, source, source.texts)
    for number, text in enumerate(source.texts):
        output = folder / f"t{number}.vtt"
        # One that cannot be read has ended all of them.
        raws = there[number : number + 1] or await _copied(tools, folder, name, source, [text])
        try:
            if not raws:
                raise Unusable("it cannot be read, or is too large")
            # In a thread: the worker's heartbeat goes on meanwhile.
            form = FORMS[text.codec][2]
            written = await asyncio.to_thread(converted, raws[0].read_bytes(), form, seconds, film.origin)
        except Unusable as error:
            log.warning("captions_left_out", track=text.number, language=text.language, reason=str(error))
            found.append(LeftOut(text.number, text.language, str(error)))
            continue
        finally:
            for raw in raws:
                raw.unlink(missing_ok=True)
        output.write_text(written, "utf-8")
        found.append(Extracted(output.name, text))
    return found


async def _copied(tools: Tools, folder: Path, name: str, source: Source, texts: Sequence[Text]) -> list[Path]:
    """Copy tracks out, in one reading of the film; return their files, none where one of them cannot be."""
    raws = [folder / f"text{text.index}.{FORMS[text.codec][1]}" for text in texts]
    wanted = [(text.index, *FORMS[text.codec][:2], raw.name) for text, raw in zip(texts, raws, strict=True)]
    try:
        await run(
            commands.extract_texts(tools.ffmpeg, name, source.demuxer, wanted), cwd=folder, limits=LIMITS, writes=raws
        )
    except ChildFailed:
        for raw in raws:
            raw.unlink(missing_ok=True)
        return []
    return raws


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
