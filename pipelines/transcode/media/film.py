"""One film from a source file to a checked directory: its plan, its parts, and what is made of them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipelines.transcode.media import captions, check, commands, encode, packets, sound, thumbnails
from pipelines.transcode.media.chunks import split
from pipelines.transcode.media.colour import RANGES
from pipelines.transcode.media.commands import EncodePlan, Heard, Packed
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.ladder import hdr_ladder, ladder
from pipelines.transcode.media.package import package
from pipelines.transcode.media.planned import Part, Planned
from pipelines.transcode.media.probe import probe
from pipelines.transcode.media.sandbox import ChildFailed, run
from pipelines.transcode.media.source import LeftOut, Refused, Source
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.tracks import Track, named
from pipelines.transcode.media.work import Progress, empty, together

SOURCE = "source.bin"
OUTPUT = "out"
REMUXED = "source.mkv"
UNPACKED = "picture.avi"
# Files that are brought here at a time.
AT_ONCE = 4


@dataclass(frozen=True)
class Options:
    """How to encode; `top` is the highest rung in lines, lengths are in seconds."""

    preset: str = "medium"
    top: int = 1080
    longest: float = 6 * 3600
    chunk_seconds: float = 12
    parallel: int = 2
    labels: bool = False
    hdr: bool = True


@dataclass(frozen=True)
class Made:
    """A finished film in `folder`: everything in it is to be published."""

    folder: Path
    report: check.Report
    tracks: tuple[Track, ...]
    loudness: tuple[float | None, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Done:
    """A part that is made: its files, by their paths in the job's directory, and what else is known of it, as JSON."""

    files: tuple[str, ...]
    value: Any


OnStage = Callable[[str, float], Awaitable[None]]
# Brings what others made of a part, or the source, into the job's directory.
Bring = Callable[[Part, Sequence[str]], Coroutine[Any, Any, None]]
SOUNDS = TypeAdapter(list[sound.Encoded | LeftOut])
TEXTS = TypeAdapter(list[captions.Extracted | LeftOut])


async def _here(*_: object) -> None:
    """Nothing needs to be brought: it was made here."""


class Film:
    """One film in one directory. `fetch` puts its source there as `source.bin`, when the first who reads it asks."""

    def __init__(
        self,
        tools: Tools,
        folder: Path,
        options: Options,
        on_stage: OnStage,
        fetch: Callable[[], Awaitable[None]] = _here,
        reading: asyncio.Lock | None = None,
    ) -> None:
        """`reading` is shared by all who may ask for the source of one directory."""
        self._tools = tools
        self._folder = folder
        self._options = options
        self._on_stage = on_stage
        self._fetch = fetch
        self._reading = reading or asyncio.Lock()

    async def make(self) -> Made:
        """Do every step here.

        Raises Refused with the reason when the film cannot be made.
        """
        await self._on_stage("probing", 0.0)
        planned = await self.plan()
        await self._on_stage("encoding", 0.02)
        done: dict[Part, Done] = {}

        async def one(part: Part) -> None:
            done[part] = await self.part(planned, part, lambda _: None)

        await together((one(part) for part in planned.parts), self._options.parallel)
        return await self.finish(planned, done)

    async def plan(self) -> Planned:
        """Look at the source and decide what is made of it."""
        async with self._reading:
            await self._fetch()
            name, source = await self._seekable(await probe(self._tools, self._folder, SOURCE))
        film = await packets.read(self._tools, self._folder, name, source, self._options.longest)
        rungs = ladder(source.picture, film.rate, self._options.top)
        if self._options.hdr and source.picture.colour.transfer in RANGES:
            rungs += hdr_ladder(rungs)
        plan = EncodePlan(
            name, source.demuxer, source.picture, film.rate, rungs, self._options.preset, self._options.labels
        )
        chunks = split(film, max(4.0, min(self._options.chunk_seconds, film.seconds / self._options.parallel)))
        return Planned(name, source, replace(film, pictures=[]), plan, chunks)

    async def part(self, planned: Planned, part: Part, on_progress: Progress) -> Done:
        """Make one part; `on_progress` hears its share from 0 to 1."""
        await self._readable(planned)
        if part.kind == "sound":
            return await self._sound(planned, part.number, planned.film.seconds)
        if part.kind == "captions":
            return await self._captions(planned, planned.film.seconds)
        chunk = planned.chunks[part.number]
        frames = await encode.encode(
            self._tools, self._folder, planned.plan, chunk, lambda done: on_progress(done / chunk.frames)
        )
        files = tuple(f"{encode.place(chunk)}/{rung.name}.mp4" for rung in planned.plan.rungs)
        return Done(files, frames)

    async def finish(self, planned: Planned, done: Mapping[Part, Done], bring: Bring = _here) -> Made:
        """Join the parts, package them and check what came of it."""
        await self._on_stage("packaging", 0.85)
        plan, folder = planned.plan, self._folder
        seconds = await self._join(planned, _of(done, "chunk"), bring)
        rest = {part: made for part, made in done.items() if part.kind != "chunk"}
        if seconds != planned.film.seconds:
            rest, bring = await self._shorter(planned, seconds), _here
        for part, made in rest.items():
            await bring(part, made.files)
        heard = [one for made in _of(rest, "sound").values() for one in SOUNDS.validate_python(made.value)]
        sounds = [one for one in heard if isinstance(one, sound.Encoded)]
        read = [one for made in _of(rest, "captions").values() for one in TEXTS.validate_python(made.value)]
        texts = [one for one in read if isinstance(one, captions.Extracted)]
        without = [one for one in (*heard, *read) if isinstance(one, LeftOut)]
        left_out = (*planned.source.left_out, *without)
        if not sounds:
            raise Refused("encode_failed", f"no sound: {without}", "No sound of this film can be decoded.")
        output = empty(folder / OUTPUT)
        least = [rung for rung in plan.rungs if rung.coder == "avc"][-1]
        sprites = thumbnails.plan(seconds, least.width, least.height)
        await thumbnails.make(self._tools, folder, f"{least.name}.mp4", sprites, output)
        tracks = named(sounds, texts)
        inputs = [Packed(f"{rung.name}.mp4", rung.name, "video") for rung in plan.rungs]
        inputs += [Packed(track.file, track.folder, track.packed) for track in tracks]
        await package(self._tools, output, inputs, tracks, sprites, seconds)
        await self._on_stage("checking", 0.96)
        loudness = tuple(track.loudness for track in sounds)
        report = await asyncio.to_thread(check.check, output, loudness)
        if report.problems:
            raise Refused("check_failed", "; ".join(report.problems[:10]))
        return Made(output, report, tracks, loudness, left_out)

    async def _join(self, planned: Planned, chunks: Mapping[Part, Done], bring: Bring) -> float:
        """Join the picture rung by rung, so that no more than one lies here twice; return how many seconds it has."""
        frames = sum(made.value for made in chunks.values())
        encode.require_length(planned.plan, planned.chunks, frames)
        for rung in planned.plan.rungs:
            files = {
                part: [name for name in made.files if name.endswith(f"/{rung.name}.mp4")]
                for part, made in chunks.items()
            }
            await together((bring(part, names) for part, names in files.items()), AT_ONCE)
            await encode.join(self._tools, self._folder, planned.plan, rung.name, planned.chunks, frames)
            for name in (name for names in files.values() for name in names):
                (self._folder / name).unlink()
        return float(frames / planned.plan.rate)

    async def _readable(self, planned: Planned) -> None:
        """Have what the parts are made from in the directory."""
        async with self._reading:
            await asyncio.to_thread(encode.prepare, self._folder, planned.plan)
            if (self._folder / planned.name).is_file():
                return
            await self._fetch()
            if planned.name == REMUXED:
                await self._seekable(await probe(self._tools, self._folder, SOURCE))

    async def _seekable(self, source: Source) -> tuple[str, Source]:
        """Return the file to encode from and its description: Matroska with an index for what cannot be sought in."""
        if source.demuxer == "mov":
            return SOURCE, source
        remuxed = self._folder / REMUXED
        if not remuxed.is_file():
            part, picture = self._folder / f"{REMUXED}.part", self._folder / UNPACKED
            try:
                if source.demuxer == "avi" and source.picture.codec == "mpeg4":
                    await self._copy(commands.unpack(self._tools.ffmpeg, source, SOURCE, picture.name), picture)
                name = picture.name if picture.exists() else ""
                await self._copy(commands.remux(self._tools.ffmpeg, source, SOURCE, part.name, name), part)
            finally:
                picture.unlink(missing_ok=True)
            part.rename(remuxed)
        again = await probe(self._tools, self._folder, REMUXED)
        texts = (replace(text, number=before.number) for text, before in zip(again.texts, source.texts, strict=False))
        sounds = (replace(one, number=before.number) for one, before in zip(again.sounds, source.sounds, strict=False))
        return REMUXED, replace(again, sounds=tuple(sounds), texts=tuple(texts), left_out=source.left_out)

    async def _copy(self, command: list[str], output: Path) -> None:
        try:
            await run(command, cwd=self._folder, limits=Limits(seconds=1800, cpu_seconds=900), writes=[output])
        except ChildFailed as error:
            raise Refused("unreadable", str(error)) from error

    async def _sound(self, planned: Planned, number: int, seconds: float) -> Done:
        made: list[sound.Encoded | LeftOut]
        if not planned.source.sounds:
            made = [await sound.silence(self._tools, self._folder, seconds)]
        else:
            source = planned.source.sounds[number]
            track = Heard(planned.name, planned.source.demuxer, source.index, planned.film.origin)
            length = planned.film.seconds
            try:
                measured = await sound.measure(self._tools, self._folder, track, length)
            except sound.Changed:
                track = await sound.even(self._tools, self._folder, track, source, length)
                measured = await sound.measure(self._tools, self._folder, track, length)
            except sound.Undecodable:
                without = LeftOut(source.number, source.language, sound.UNDECODABLE, "audio")
                return Done((), SOUNDS.dump_python([without], mode="json"))
            made = [await sound.encode(self._tools, self._folder, track, source, measured, seconds)]
            made += await sound.surround(self._tools, self._folder, track, source, length, seconds)
            if track.name != planned.name:
                (self._folder / track.name).unlink()
        return Done(
            tuple(one.name for one in made if isinstance(one, sound.Encoded)), SOUNDS.dump_python(made, mode="json")
        )

    async def _captions(self, planned: Planned, seconds: float) -> Done:
        found = await captions.extract(self._tools, self._folder, planned.name, planned.source, planned.film, seconds)
        files = tuple(one.name for one in found if isinstance(one, captions.Extracted))
        return Done(files, TEXTS.dump_python(found, mode="json"))

    async def _shorter(self, planned: Planned, seconds: float) -> dict[Part, Done]:
        """Make sounds and captions anew for a picture that ends a little earlier than its file had said."""
        await self._readable(planned)
        done = {}
        for part in planned.parts:
            if part.kind == "sound":
                done[part] = await self._sound(planned, part.number, seconds)
            elif part.kind == "captions":
                done[part] = await self._captions(planned, seconds)
        return done


def _of(done: Mapping[Part, Done], kind: str) -> dict[Part, Done]:
    return {part: made for part, made in sorted(done.items(), key=lambda item: item[0].number) if part.kind == kind}


def clean(folder: Path) -> None:
    """Remove a job's directory once its film is published or refused."""
    shutil.rmtree(folder, ignore_errors=True)
