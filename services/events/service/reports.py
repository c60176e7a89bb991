"""How playing goes now, for those who keep it going."""

from __future__ import annotations

from datetime import timedelta

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from services.events.repository import reports as repository
from services.events.schemas.reports import PlaybackGroup, PlaybackReport, PlaysAMinute


class Reports:
    """What staff read of viewings."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def playback(self, minutes: int, by: str, limit: int) -> PlaybackReport:
        """The last minutes, whole and by something."""
        until = self._clock.now()
        since = until - timedelta(minutes=minutes)
        (total,) = await repository.groups(self._db, since, until, "everything", 1)
        return PlaybackReport(
            since=since,
            until=until,
            playing=await repository.playing(self._db, until),
            total=PlaybackGroup(**total),
            minutes=[PlaysAMinute(**row) for row in await repository.plays_a_minute(self._db, since, until)],
            items=[PlaybackGroup(**row) for row in await repository.groups(self._db, since, until, by, limit)],
        )
