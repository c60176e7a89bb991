"""The picture: one chunk encoded to all rungs at once, and the chunks of a rung joined without encoding again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from pipelines.transcode.media import commands, tonemap
from pipelines.transcode.media.boxes import Malformed, sample_count
from pipelines.transcode.media.chunks import Chunk
from pipelines.transcode.media.colour import TABLE, tabled
from pipelines.transcode.media.commands import EncodePlan
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.sandbox import GIGABYTE, ChildExceeded, ChildFailed, run
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.work import empty, write

MISSING_SECONDS = 2
MISSING_SHARE = 0.02


def place(chunk: Chunk) -> str:
    """Return the directory of a chunk in the job's, which holds `<rung>.mp4` each."""
    return f"chunks/{chunk.name}"


def prepare(folder: Path, plan: EncodePlan) -> None:
    """Write what encoding needs besides the source: the table of colours where one is needed."""
    if tabled(plan.picture.colour) and not (folder / TABLE).is_file():
        tonemap.write(folder, plan.picture.colour)


async def encode(tools: Tools, folder: Path, plan: EncodePlan, chunk: Chunk, on_frames: Callable[[int], None]) -> int:
    """Encode a chunk to every rung and return how many frames it has; `on_frames` hears how many are done.

    Raises Refused `truncated` where a chunk in the middle is shorter than it must be, `encode_failed` where it cannot be decoded.
    """
    output = empty(folder / place(chunk))

    def on_line(line: str) -> None:
        if line.startswith("frame=") and line[6:].strip().isdigit():
            on_frames(min(int(line[6:]), chunk.frames))

    deep = any(rung.coder != "avc" for rung in plan.rungs)
    program = tools.deep if deep else tools.decoder(plan.picture.codec)
    command = commands.encode_chunk(program, plan, chunk, place(chunk))
    limits = Limits(
        seconds=120 + 2 * chunk.frames,
        cpu_seconds=300 + 8 * chunk.frames,
        memory_bytes=(8 if deep else 4) * GIGABYTE,
        files=128,
    )
    try:
        await run(command, cwd=folder, limits=limits, writes=[output], on_line=on_line)
    except ChildExceeded as error:
        raise Refused("too_costly", error.errors) from error
    except ChildFailed as error:
        raise _refused(error) from error
    frames = await asyncio.to_thread(_count, output, plan)
    if frames < chunk.frames and not chunk.last:
        raise Refused("truncated", f"chunk {chunk.number} has {frames} of {chunk.frames} frames")
    return frames


def _count(output: Path, plan: EncodePlan) -> int:
    try:
        counts = {sample_count(output / f"{rung.name}.mp4") for rung in plan.rungs}
    except (OSError, Malformed) as error:
        raise Refused("truncated", f"nothing was decoded: {error}") from error
    if len(counts) != 1:
        raise Refused("encode_failed", f"rungs of {output.name} have {sorted(counts)} frames")
    return counts.pop()


def require_length(plan: EncodePlan, chunks: Sequence[Chunk], frames: int) -> None:
    """Raise Refused `truncated` where a film of `frames` ends long before its stated length."""
    expected = sum(chunk.frames for chunk in chunks)
    missing = expected - frames
    if frames == 0 or (missing > MISSING_SECONDS * plan.rate and missing > MISSING_SHARE * expected):
        raise Refused("truncated", f"{frames} of {expected} frames")


async def join(tools: Tools, folder: Path, plan: EncodePlan, rung: str, chunks: Sequence[Chunk], frames: int) -> None:
    """Join the chunks of a rung to `<rung>.mp4`, which must have `frames`."""
    listing, output = f"{rung}.ffconcat", f"{rung}.mp4"
    lines = [f"file '{place(chunk)}/{rung}.mp4'" for chunk in chunks]
    write(folder / listing, "\n".join(["ffconcat version 1.0", *lines, ""]))
    try:
        await run(
            commands.concat(tools.ffmpeg, listing, output, plan.rate),
            cwd=folder,
            limits=Limits(seconds=1800, cpu_seconds=1800),
            writes=[folder / output],
        )
    except ChildFailed as error:
        raise _refused(error) from error
    if await asyncio.to_thread(sample_count, folder / output) != frames:
        raise Refused("encode_failed", f"{rung} lost frames when its chunks were joined")


def _refused(error: ChildFailed) -> Refused:
    return Refused("storage_full" if "No space left" in error.errors else "encode_failed", str(error))
