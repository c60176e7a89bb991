"""The rules of search: how plays fade, what it counts to be watched lately, and who somebody is that has only a name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid5

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
# A play counts half after so many days.
HALF_LIFE_DAYS = 14.0
RATE = math.log(2) / (HALF_LIFE_DAYS * 86_400)
# Somebody who watched a title lately counts for so many plays more: who opened it may have left at once.
WATCHER = 0.5
# What a profile likes counts so much of itself after each play more.
FADES = 0.95
# The index learns of a title's popularity when it has changed by this factor (as a logarithm).
STEP = 0.25
# So many profiles at least have done what others are told of: what a single one typed or opened may say who they are.
VIEWERS = 2
# Names without an entry of their own in the catalogue are told apart by how they are written.
NAMES = UUID("0199c3a0-5e1d-7a42-b6c8-2f9d4e7a1b35")


def play(at: datetime) -> float:
    """The logarithm of what a play at this moment is worth.

    Plays are not made smaller as they get older: younger ones count for more. So the order of titles changes with plays alone.
    """
    return (at - EPOCH).total_seconds() * RATE


def popularity(known: float | None, at: datetime, plays: int = 1) -> float:
    """The popularity of a title after so many plays more (Forward decay: Cormode et al., ICDE 2009)."""
    more = play(at) + math.log(plays)
    return more if known is None else _sum(known, more)


def watched(score: float, at: datetime) -> float | None:
    """What it adds to a popularity that a title was watched so much, as events counted it at a moment."""
    return play(at) + math.log(WATCHER * score) if score > 0 else None


def together(one: float | None, other: float | None) -> float | None:
    """The popularity of two together; None where neither is known."""
    if one is None or other is None:
        return other if one is None else one
    return _sum(one, other)


def _sum(one: float, other: float) -> float:
    """The logarithm of a sum, from the logarithms of its parts."""
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high))


def step(value: float) -> int:
    """What the index is told of a popularity, as a whole number."""
    return round(value / STEP)


def plays_now(value: float | None, now: datetime) -> float:
    """How many plays of this moment a popularity is worth."""
    return 0.0 if value is None else math.exp(min(60.0, value - play(now)))


def learned(known: Mapping[str, float], seen: Iterable[str], most: int) -> dict[str, float]:
    """What a profile likes after a play of something that has all of `seen`: older plays count a little less each time."""
    weights = {name: weight * FADES for name, weight in known.items()}
    for name in seen:
        weights[name] = weights.get(name, 0.0) + 1.0
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:most])


def person_by_name(folded: str) -> UUID:
    """The id of somebody whom the catalogue knows by name alone."""
    return uuid5(NAMES, folded)
