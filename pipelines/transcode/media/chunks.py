"""How a film is cut for encoding: whole groups of pictures, the unit of resuming and of parallel work."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipelines.transcode.media.ladder import gop
from pipelines.transcode.media.timeline import Timeline

TAIL_GOPS = 1


@dataclass(frozen=True)
class Chunk:
    """Frames `first` to `first + frames` of the film at its constant rate.

    `start` is the time of its first slot and `seek` that of a picture to decode from, None for the file's start: seconds of the
    file's own. `held` is for how many slots at its end the film's last picture is still shown.
    """

    number: int
    first: int
    frames: int
    last: bool
    start: float = 0.0
    seek: float | None = None
    held: int = 0

    @property
    def name(self) -> str:
        """Return the directory name of the chunk."""
        return f"{self.number:05d}"


def split(film: Timeline, seconds: float) -> tuple[Chunk, ...]:
    """Cut a film into chunks of about `seconds`; each but the last is a whole number of 4-second segments.

    A tail shorter than one group of pictures joins the chunk before it.
    """
    size = 2 * gop(film.rate) * max(1, round(seconds / 4))
    count = max(1, math.ceil(film.frames / size))
    if count > 1 and film.frames - (count - 1) * size <= TAIL_GOPS * gop(film.rate):
        count -= 1
    whole = [_chunk(film, number, number * size, size) for number in range(count - 1)]
    return (*whole, _chunk(film, count - 1, (count - 1) * size, film.frames - (count - 1) * size, last=True))


def _chunk(film: Timeline, number: int, first: int, frames: int, *, last: bool = False) -> Chunk:
    # A chunk after the last picture shows that one all along.
    begin = min(first, film.last)
    held = max(0, first + frames - 1 - max(begin, film.last))
    held = frames - 1 if begin < first else held
    return Chunk(number, first, frames, last, film.at(begin), film.before(begin), held)
