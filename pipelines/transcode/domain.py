"""Who is served next: the one rule by which films share the workers.

Films whose release is due within a day come first, the soonest before all others. Of the rest, the few that arrived first
share: the next step is that of the film that has had the least work, counted from where the others stood when it was begun
(start-time fair queueing), so that equal films end together and nobody waits for ever. Beside its slots each worker has a
spare one, which only short steps of films may take that have had next to nothing, the smallest master first; and the programs
of all other films give way to theirs on the processor. So a short clip waits neither for a film of hours nor for its chunks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

SOON = timedelta(days=1)
# Films that share; more of them would all end late, and all lie on the workers' disks meanwhile.
SHARING = 8
# Seconds of work a film may have had that still takes the spare slot, and of film that one step there may be about.
LITTLE, SHORT = 30.0, 60.0
# A step in hand counts for at least as many seconds, so that what was just given is not given again.
LEAST = 5.0


@dataclass(frozen=True)
class Waiting:
    """A film with steps to be done, one of which is `free` to be taken.

    `length` is its master's, in bytes. `worked` seconds have been spent on it, steps in hand included; `start` is the level from
    which they count, None before it is begun.
    """

    asset_id: UUID
    arrived: datetime
    length: int
    release_at: datetime | None = None
    start: float | None = None
    worked: float = 0.0
    in_hand: int = 0
    free: bool = True


@dataclass(frozen=True)
class Turn:
    """A film whose turn it is, and the level from which its work counts; one that `gives_way` has had its first half minute."""

    asset_id: UUID
    start: float
    gives_way: bool = False


def turns(films: Sequence[Waiting], now: datetime, *, spare: bool = False) -> list[Turn]:
    """Return whose turn it is to get a slot, the first first; `spare` for a worker's spare slot."""
    level = min((film.start + film.worked for film in films if film.start is not None), default=0.0)

    def start(film: Waiting) -> float:
        return level if film.start is None else film.start

    def due(film: Waiting) -> bool:
        return film.release_at is not None and film.release_at < now + SOON

    free = [film for film in films if film.free]
    if spare:
        fresh = [film for film in free if film.in_hand == 0 and film.worked < LITTLE]
        chosen = sorted(fresh, key=lambda film: (film.length, film.arrived))
    else:
        others = sorted((film for film in free if not due(film)), key=lambda film: film.arrived)[:SHARING]
        chosen = sorted(filter(due, free), key=lambda film: (film.release_at or now, film.arrived))
        chosen += sorted(others, key=lambda film: (start(film) + film.worked, film.worked, film.arrived))
    return [Turn(film.asset_id, start(film), film.worked >= LITTLE and not due(film)) for film in chosen]
