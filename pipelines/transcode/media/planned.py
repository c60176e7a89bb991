"""What is to be made of a source, decided once, and the parts it falls into: each can be made by itself, on any machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from pipelines.transcode.media import commands
from pipelines.transcode.media.chunks import Chunk
from pipelines.transcode.media.commands import EncodePlan
from pipelines.transcode.media.source import Source
from pipelines.transcode.media.timeline import Timeline

Kind = Literal["sound", "captions", "chunk"]


@dataclass(frozen=True)
class Part:
    """A piece of the work on a film, about `seconds` of it."""

    kind: Kind
    number: int
    seconds: float


@dataclass(frozen=True)
class Planned:
    """A source, its grid (without the times of its pictures) and how its picture is encoded; `name` is the file to read."""

    name: str
    source: Source
    film: Timeline
    plan: EncodePlan
    chunks: tuple[Chunk, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the parts in the order they are best begun: what takes long and cannot be cut comes first."""
        whole = self.film.seconds
        sounds = [Part("sound", number, whole) for number in range(max(1, len(self.source.sounds)))]
        captions = [Part("captions", 0, whole)] if self.source.texts else []
        chunks = [Part("chunk", chunk.number, float(chunk.frames / self.film.rate)) for chunk in self.chunks]
        return (*sounds, *captions, *chunks)

    def digest(self) -> str:
        """Return a name for what the parts will be: parts of equal digests are interchangeable."""
        command = commands.encode_chunk("ffmpeg", self.plan, self.chunks[0], "")
        return hashlib.sha256(dumps(self) + "\0".join(command).encode()).hexdigest()[:16]


_ADAPTER = TypeAdapter(Planned)


def dumps(planned: Planned) -> bytes:
    """Return a plan as JSON."""
    return _ADAPTER.dump_json(planned)


def loads(data: bytes) -> Planned:
    """Read a plan that `dumps` wrote."""
    return _ADAPTER.validate_json(data)
