"""How a film is cut for encoding: whole groups of pictures, the unit of resuming and of parallel work."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from pipelines.transcode.media.ladder import gop

TAIL_GOPS = 1


@dataclass(frozen=True)
class Chunk:
    """Frames `first` to `first + frames` of the film at its constant rate."""

    number: int
    first: int
    frames: int
    last: bool

    @property
    def name(self) -> str:
        """Return the directory name of the chunk."""
        return f"{self.number:05d}"

    def seek(self, rate: Fraction) -> float:
        """Return where to seek in seconds: a quarter frame early, so that rounding neither drops nor repeats a frame."""
        return 0.0 if self.first == 0 else float((self.first - Fraction(1, 4)) / rate)


def total_frames(duration: float, rate: Fraction) -> int:
    """Return how many frames of the constant rate a film of `duration` seconds has, at least one."""
    return max(1, math.floor(duration * rate + Fraction(1, 2)))


def split(duration: float, rate: Fraction, seconds: float) -> tuple[Chunk, ...]:
    """Cut a film into chunks of about `seconds`; each but the last is a whole number of 4-second segments.

    A tail shorter than one group of pictures joins the chunk before it: a source whose stated length is a few frames
    off would otherwise give an empty last chunk.
    """
    frames = total_frames(duration, rate)
    size = 2 * gop(rate) * max(1, round(seconds / 4))
    count = max(1, math.ceil(frames / size))
    if count > 1 and frames - (count - 1) * size <= TAIL_GOPS * gop(rate):
        count -= 1
    return tuple(
        Chunk(n, n * size, frames - n * size if n == count - 1 else size, n == count - 1) for n in range(count)
    )
