"""The picture: chunks encoded to all rungs at once, kept as they finish, then joined without encoding again."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.transcode.media import commands, tonemap
from pipelines.transcode.media.boxes import Malformed, sample_count
from pipelines.transcode.media.chunks import Chunk
from pipelines.transcode.media.colour import tabled
from pipelines.transcode.media.commands import EncodePlan
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.sandbox import GIGABYTE, ChildExceeded, ChildFailed, run
from pipelines.transcode.media.source import Refused
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.work import Progress, commit, empty, sync, together, write

MISSING_SECONDS = 2
MISSING_SHARE = 0.02


@dataclass(frozen=True)
class Encoded:
    """The joined renditions `<rung>.mp4` in the job's directory, how many frames each has, and the chunks made now."""

    frames: int
    seconds: float
    made: int
    reused: int


class Picture:
    """One encode of one picture in one directory; running it again after a crash goes on where it stopped."""

    def __init__(self, tools: Tools, folder: Path, plan: EncodePlan, chunks: Sequence[Chunk], parallel: int) -> None:
        self._tools = tools
        self._folder = folder
        self._plan = plan
        self._chunks = chunks
        self._parallel = parallel
        self._frames: dict[int, int] = {}

    async def run(self, on_progress: Progress) -> Encoded:
        """Encode what is missing and join it.

        Raises Refused `truncated` where the film ends before its stated length, `encode_failed` where it cannot be
        decoded.
        """
        self._same_plan_or_start_over()
        finished = [chunk for chunk in self._chunks if (self._place(chunk)).is_dir()]
        for chunk in finished:
            self._frames[chunk.number] = self._count(self._place(chunk))
        missing = [chunk for chunk in self._chunks if chunk not in finished]
        on_progress(self._share())
        await together((self._encode(chunk, on_progress) for chunk in missing), self._parallel)
        frames = sum(self._frames[chunk.number] for chunk in self._chunks)
        self._long_enough(frames)
        await together((self._join(rung.name) for rung in self._plan.rungs), self._parallel)
        for rung in self._plan.rungs:
            if await asyncio.to_thread(sample_count, self._folder / f"{rung.name}.mp4") != frames:
                raise Refused("encode_failed", f"{rung.name} lost frames when its chunks were joined")
        return Encoded(frames, float(frames / self._plan.rate), len(missing), len(finished))

    def _same_plan_or_start_over(self) -> None:
        chunks, note = self._folder / "chunks", self._folder / "plan.json"
        plan = json.dumps([asdict(self._plan), [asdict(chunk) for chunk in self._chunks]], default=str, sort_keys=True)
        if not note.is_file() or note.read_text("utf-8") != plan:
            empty(chunks)
            if tabled(self._plan.picture.colour):
                tonemap.write(self._folder, self._plan.picture.colour)
            write(note, plan)
        for part in chunks.glob("*.part"):
            shutil.rmtree(part)

    def _place(self, chunk: Chunk) -> Path:
        return self._folder / "chunks" / chunk.name

    def _share(self) -> float:
        return sum(self._frames.values()) / sum(chunk.frames for chunk in self._chunks)

    async def _encode(self, chunk: Chunk, on_progress: Progress) -> None:
        part = empty(self._folder / "chunks" / f"{chunk.name}.part")

        def on_line(line: str) -> None:
            if line.startswith("frame=") and line[6:].strip().isdigit():
                self._frames[chunk.number] = min(int(line[6:]), chunk.frames)
                on_progress(self._share())

        command = commands.encode_chunk(self._tools.ffmpeg, self._plan, chunk, f"chunks/{part.name}")
        limits = Limits(
            seconds=120 + 2 * chunk.frames, cpu_seconds=300 + 8 * chunk.frames, memory_bytes=4 * GIGABYTE, files=128
        )
        try:
            await run(command, cwd=self._folder, limits=limits, writes=[part], on_line=on_line)
        except ChildExceeded as error:
            raise Refused("too_costly", error.errors) from error
        except ChildFailed as error:
            raise _refused(error) from error
        frames = await asyncio.to_thread(self._count, part)
        if frames < chunk.frames and not chunk.last:
            raise Refused("truncated", f"chunk {chunk.number} has {frames} of {chunk.frames} frames")
        await asyncio.to_thread(commit, part, self._place(chunk))
        self._frames[chunk.number] = frames
        on_progress(self._share())

    def _count(self, place: Path) -> int:
        try:
            counts = {sample_count(place / f"{rung.name}.mp4") for rung in self._plan.rungs}
        except (OSError, Malformed) as error:
            raise Refused("truncated", f"nothing was decoded: {error}") from error
        if len(counts) != 1:
            raise Refused("encode_failed", f"rungs of {place.name} have {sorted(counts)} frames")
        return counts.pop()

    def _long_enough(self, frames: int) -> None:
        expected = sum(chunk.frames for chunk in self._chunks)
        missing = expected - frames
        if frames == 0 or (missing > MISSING_SECONDS * self._plan.rate and missing > MISSING_SHARE * expected):
            raise Refused("truncated", f"{frames} of {expected} frames")

    async def _join(self, rung: str) -> None:
        listing, part = f"{rung}.ffconcat", self._folder / f"{rung}.part"
        lines = [f"file 'chunks/{chunk.name}/{rung}.mp4'" for chunk in self._chunks]
        write(self._folder / listing, "\n".join(["ffconcat version 1.0", *lines, ""]))
        command = commands.concat(self._tools.ffmpeg, listing, part.name, self._plan.rate)
        try:
            await run(command, cwd=self._folder, limits=Limits(seconds=1800, cpu_seconds=1800), writes=[part])
        except ChildFailed as error:
            raise _refused(error) from error
        part.rename(self._folder / f"{rung}.mp4")
        sync(self._folder)


def _refused(error: ChildFailed) -> Refused:
    return Refused("storage_full" if "No space left" in error.errors else "encode_failed", str(error))
