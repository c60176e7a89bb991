"""One film from a source file to a checked directory: the order of the steps and what each weighs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.transcode.media import captions, check, commands, encode, packets, sound, thumbnails
from pipelines.transcode.media.chunks import split
from pipelines.transcode.media.commands import EncodePlan, Heard, Packed
from pipelines.transcode.media.isolation import Limits
from pipelines.transcode.media.ladder import ladder
from pipelines.transcode.media.package import package
from pipelines.transcode.media.probe import probe
from pipelines.transcode.media.sandbox import ChildFailed, run
from pipelines.transcode.media.source import Refused, Sound, Source
from pipelines.transcode.media.timeline import Timeline
from pipelines.transcode.media.tools import Tools
from pipelines.transcode.media.tracks import Track, named
from pipelines.transcode.media.work import empty, together

SOURCE = "source.bin"
OUTPUT = "out"
REMUXED = "source.mkv"


@dataclass(frozen=True)
class Options:
    """How to encode; `top` is the highest rung in lines, lengths are in seconds."""

    preset: str = "medium"
    top: int = 1080
    longest: float = 6 * 3600
    chunk_seconds: float = 12
    parallel: int = 2
    labels: bool = False


@dataclass(frozen=True)
class Made:
    """A finished film in `folder`: everything in it is to be published."""

    folder: Path
    report: check.Report
    tracks: tuple[Track, ...]
    loudness: tuple[float | None, ...]
    chunks_made: int
    chunks_reused: int


OnStage = Callable[[str, float], Awaitable[None]]


class Film:
    """One film in one directory that holds its source as `source.bin`. Running it again resumes."""

    def __init__(self, tools: Tools, folder: Path, options: Options, on_stage: OnStage) -> None:
        self._tools = tools
        self._folder = folder
        self._options = options
        self._on_stage = on_stage
        self._measured: dict[int, sound.Loudness] = {}

    async def make(self) -> Made:
        """Do every step.

        Raises Refused with the reason when the film cannot be made.
        """
        await self._on_stage("probing", 0.0)
        source = await probe(self._tools, self._folder, SOURCE)
        name, source = await self._seekable(source)
        film = await packets.read(self._tools, self._folder, name, source, self._options.longest)
        await self._on_stage("encoding", 0.02)
        picture, plan = await self._picture(name, source, film)
        sounds = await self._sounds(name, source, film, picture.seconds)
        texts = await captions.extract(self._tools, self._folder, name, source, film, picture.seconds)
        await self._on_stage("packaging", 0.92)
        output = empty(self._folder / OUTPUT)
        sprites = thumbnails.plan(picture.seconds, plan.rungs[-1].width, plan.rungs[-1].height)
        await thumbnails.make(self._tools, self._folder, f"{plan.rungs[-1].name}.mp4", sprites, output)
        tracks = named(sounds, texts)
        inputs = [Packed(f"{rung.name}.mp4", rung.name, "video") for rung in plan.rungs]
        inputs += [
            Packed(track.file, track.folder, "text" if track.kind == "captions" else track.kind) for track in tracks
        ]
        await package(self._tools, output, inputs, tracks, sprites, picture.seconds)
        await self._on_stage("checking", 0.96)
        loudness = tuple(track.loudness for track in sounds)
        report = await asyncio.to_thread(check.check, output, loudness)
        if report.problems:
            raise Refused("check_failed", "; ".join(report.problems[:10]))
        return Made(output, report, tracks, loudness, picture.made, picture.reused)

    async def _seekable(self, source: Source) -> tuple[str, Source]:
        """Return the file to encode from and its description: Matroska with an index for what cannot be sought in."""
        if source.demuxer == "mov":
            return SOURCE, source
        remuxed = self._folder / REMUXED
        if not remuxed.is_file():
            part = self._folder / f"{REMUXED}.part"
            command = commands.remux(self._tools.ffmpeg, source, SOURCE, part.name)
            try:
                await run(command, cwd=self._folder, limits=Limits(seconds=1800, cpu_seconds=900), writes=[part])
            except ChildFailed as error:
                raise Refused("unreadable", str(error)) from error
            part.rename(remuxed)
        again = await probe(self._tools, self._folder, REMUXED)
        return REMUXED, again

    async def _picture(self, name: str, source: Source, film: Timeline) -> tuple[encode.Encoded, EncodePlan]:
        rungs = ladder(source.picture, film.rate, self._options.top)
        plan = EncodePlan(
            name, source.demuxer, source.picture, film.rate, rungs, self._options.preset, self._options.labels
        )
        chunks = split(film, max(4.0, min(self._options.chunk_seconds, film.seconds / self._options.parallel)))
        job = encode.Picture(self._tools, self._folder, plan, chunks, self._options.parallel)
        shares = asyncio.Queue[float]()
        teller = asyncio.create_task(self._tell(shares))
        try:
            results: list[encode.Encoded] = []

            async def picture() -> None:
                results.append(await job.run(shares.put_nowait))

            measures = [self._measure(_heard(name, source, track, film), film.seconds) for track in source.sounds]
            await together([picture(), *measures], 1 + len(measures))
        finally:
            teller.cancel()
        return results[0], plan

    async def _tell(self, shares: asyncio.Queue[float]) -> None:
        while True:
            share = await shares.get()
            while not shares.empty():
                share = shares.get_nowait()
            await self._on_stage("encoding", 0.02 + 0.83 * share)

    async def _measure(self, track: Heard, seconds: float) -> None:
        self._measured[track.index] = await sound.measure(self._tools, self._folder, track, seconds)

    async def _sounds(self, name: str, source: Source, film: Timeline, seconds: float) -> list[sound.Encoded]:
        if not source.sounds:
            return [await sound.silence(self._tools, self._folder, seconds)]
        found: dict[int, sound.Encoded] = {}

        async def one(track: Sound) -> None:
            found[track.index] = await sound.encode(
                self._tools,
                self._folder,
                _heard(name, source, track, film),
                track,
                self._measured[track.index],
                seconds,
            )

        await together([one(track) for track in source.sounds], self._options.parallel)
        return [found[track.index] for track in source.sounds]


def _heard(name: str, source: Source, track: Sound, film: Timeline) -> Heard:
    return Heard(name, source.demuxer, track.index, film.origin)


def clean(folder: Path) -> None:
    """Remove a job's directory once its film is published or refused."""
    shutil.rmtree(folder, ignore_errors=True)
