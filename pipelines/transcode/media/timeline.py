"""When each picture of a source is shown, by its packets; what headers say of rates and lengths is only a hint.

Times are the file's own, in seconds, before any shift. The film's grid has one slot a frame of its constant rate: `origin` is
the time of slot 0, and every picture fills the slots from its own to the next picture's.
"""

from __future__ import annotations

import bisect
import cmath
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.transcode.media.ladder import RATES, frame_rate
from pipelines.transcode.media.source import Picture, Refused

# Sound that begins or ends this much apart from the picture is the edge of a packet, not part of the film.
EDGE_SECONDS = 0.1
SHORTEST = 1.0
FASTEST = 240
# Pictures that may share a slot with another before the next faster rate is taken.
COLLISIONS = 0.01
# How far two rates may lie apart that mean the same.
SAME_RATE = 0.006
# How much of what an index promises may be missing: two seconds, and a fiftieth.
MISSING_SECONDS, MISSING_SHARE = 2, 0.02
# A long film's cadence is looked at in this many places, of so many pictures each.
SAMPLES, SAMPLE = 10, 2000


@dataclass(frozen=True)
class Timeline:
    """The grid of one film: `frames` slots at `rate` from `origin`; `pictures` are the sorted times of what is shown."""

    origin: float
    rate: Fraction
    frames: int
    pictures: Sequence[float]

    @property
    def seconds(self) -> float:
        """Return how long the film is."""
        return float(self.frames / self.rate)

    @property
    def last(self) -> int:
        """Return the slot of the last picture."""
        return self.slot(self.pictures[-1])

    def slot(self, at: float) -> int:
        """Return the slot nearest to a time."""
        return math.floor((at - self.origin) * self.rate + 0.5)

    def at(self, slot: int) -> float:
        """Return the time of a slot."""
        return self.origin + float(slot / self.rate)

    def before(self, slot: int) -> float | None:
        """Return the time of a picture shown a little before a slot, from where to decode; None for the film's start.

        One picture more than needed, so that a time on the border of two slots, and a deinterlacer, find what they look for.
        """
        index = bisect.bisect_left(self.pictures, self.at(slot) - float(1 / (2 * self.rate))) - 3
        return self.pictures[index] if index > 0 else None


@dataclass
class Packets:
    """What the packets of one stream say: when the first is shown (`start`), and until when the last one lasts (`end`).

    `times` are when each is shown, where somebody wants to know: sounds have millions.
    """

    start: float = math.inf
    end: float = -math.inf
    latest: float = -math.inf
    seen: int = 0
    times: array[float] | None = None

    def add(self, at: str, lasting: str, flags: str) -> None:
        """Take a packet as ffprobe prints it; one without a time, or that is not shown, is only counted."""
        self.seen += 1
        try:
            time = float(at)
        except ValueError:
            return
        if "D" in flags or not math.isfinite(time):
            return
        self.start = min(self.start, time)
        if self.times is not None:
            self.times.append(time)
        if time >= self.latest:
            self.latest = time
            self.end = time + _positive(lasting)


def lay(picture: Picture, shown: Packets, sounds: Sequence[Packets], longest: float) -> Timeline:
    """Return the grid for these packets, of which those of the picture have their times; pure."""
    pictures = array("d", sorted(shown.times or ()))
    if not pictures:
        raise Refused("truncated", "no packet of the picture says when it is shown")
    rate = frame_rate(cadence(pictures, picture))
    origin = _phase(pictures, rate)
    lead = pictures[0] - min((sound.start for sound in sounds), default=math.inf)
    if lead >= EDGE_SECONDS:
        origin -= float(math.floor(lead * rate) / rate)
    period = float(1 / rate)
    end = max(shown.end, pictures[-1] + period)
    heard = max((sound.end for sound in sounds), default=-math.inf)
    end = heard if heard - end >= EDGE_SECONDS else end
    _whole(picture, shown, rate)
    if end - origin < SHORTEST - period:
        raise Refused("too_short", f"{end - origin} s")
    if end - origin > longest:
        raise Refused("too_long", f"{end - origin} s")
    grid = Timeline(origin, rate, math.floor((end - origin) * rate + 0.5), pictures)
    return Timeline(origin, rate, max(grid.frames, grid.last + 1), pictures)


def cadence(pictures: Sequence[float], picture: Picture) -> Fraction:
    """Return pictures a second: the header's rate where the pictures keep to it, else the slowest common one that holds them.

    A long still, a lost second or a wrong header does not count; fields count as pictures where they are interlaced.
    """
    span = pictures[-1] - pictures[0]
    if len(pictures) > 1 and span > 0 and (len(pictures) - 1) / span > FASTEST * 1.01:
        raise Refused("bad_frame_rate", f"{(len(pictures) - 1) / span:.0f} pictures a second")
    found = next((rate for rate in sorted(RATES) if _collisions(pictures, rate) <= COLLISIONS), None)
    if found is None:
        return _thinned(picture.rates[0] if picture.rates else Fraction((len(pictures) - 1) / span))
    told = [rate for rate in picture.rates if abs(rate - found) <= SAME_RATE * found]
    near = [rate for rate in RATES if abs(rate - found) <= SAME_RATE * found]
    rate = told[0] if told else max(near, key=lambda one: abs(_turn(pictures, one)), default=found)
    if not picture.interlaced:
        return rate
    # Fields may come as packets of their own.
    return rate if rate > 31 else 2 * rate


def _thinned(rate: Fraction) -> Fraction:
    """Return the rate for pictures that come too fast to be shown: that of every second, third … one, where it is common."""
    parts = [(every, abs(rate / every - common), common) for every in range(2, 6) for common in RATES[-4:]]
    return min((part for part in parts if part[1] <= SAME_RATE * part[2]), default=(0, 0, RATES[-1]))[2]


def _collisions(pictures: Sequence[float], rate: Fraction) -> float:
    """Return which share of the pictures would share a slot at this rate, with the grid where it suits them best."""
    slots = looked = 0
    for start in range(0, len(pictures), max(SAMPLE, len(pictures) // SAMPLES)):
        part = pictures[start : start + SAMPLE]
        phase = _phase(part, rate)
        slots += len({math.floor((time - phase) * rate.numerator / rate.denominator + 0.5) for time in part})
        looked += len(part)
    return 1 - slots / looked


def _phase(pictures: Sequence[float], rate: Fraction) -> float:
    """Return the time of the slot of the first picture, on the grid that lies in the middle of what pictures are off by."""
    span = pictures[-1] - pictures[0]
    shared = round((len(pictures) - 1) / (span * rate)) if span > 0 else 0
    if shared > 1:
        # So many fall into each slot, and none between two of them.
        return pictures[0] - (0.0 if shared % 2 else 1 / (2 * shared * float(rate)))
    mean = _turn(pictures, rate)
    off = cmath.phase(mean) / (2 * math.pi) if abs(mean) > 1e-9 else 0.0
    # What is less than a tenth of a thousandth of a frame is the arithmetic's.
    return pictures[0] + (off if abs(off) > 1e-4 else 0.0) / float(rate)


def _turn(pictures: Sequence[float], rate: Fraction) -> complex:
    """Return the mean of where pictures fall between two slots, as a turn: 1 where all fall where the first one does."""
    looked = pictures[:: len(pictures) // (SAMPLE * SAMPLES) + 1]
    step, first = float(rate), pictures[0]
    return sum(cmath.exp(2j * math.pi * (((time - first) * step) % 1.0)) for time in looked) / len(looked)


def _whole(picture: Picture, shown: Packets, rate: Fraction) -> None:
    missing = picture.promised - shown.seen
    if missing > MISSING_SECONDS * rate and missing > MISSING_SHARE * picture.promised:
        raise Refused("truncated", f"{shown.seen} of {picture.promised} packets of the picture")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 < value < 1e9 else 0.0
