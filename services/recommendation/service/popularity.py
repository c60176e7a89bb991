"""How many watch each title of late, counted apart from all else: answers wait for it never, and go on with the counts before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.recommendation.repository import popularity, trainings

# Counting reads every play of half a year: one replica does it for all, and is at it for no more than a tenth of the time.
EVERY = timedelta(minutes=5)
SHARE = 10


class Popularity(Loop):
    """A component: reads what was counted, and counts where nobody has. `counts` is another object after each counting."""

    name = "popularity"
    every = 60.0
    # Counting is heavy, and nobody waits for it: one that failed is not begun again at once.
    slowest = 60.0

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self._db, self._clock = db, clock
        # When, and how long it took: no two countings are alike in both.
        self._read: tuple[datetime, float] | None = None
        self.counts: Mapping[UUID, float] = {}

    async def work(self) -> None:
        """Take what was counted; count where it is time and nobody else does. What was counted before is had first."""
        await self._take()
        if due(await popularity.counted(self._db), self._clock.now()):
            await self.count()

    async def count(self) -> None:
        """Count, unless another replica is at it, and take it."""
        async with trainings.alone(self._db, "counting") as alone:
            if alone:
                await popularity.count(self._db, self._clock.now())
        await self._take()

    async def _take(self) -> None:
        found = await popularity.counted(self._db)
        if found is not None and found != self._read:
            self.counts = await popularity.read(self._db)
            self._read = found


def due(last: tuple[datetime, float] | None, now: datetime) -> bool:
    """Whether to count, by when that was done last and how many seconds it took.

    A replica whose clock runs far ahead must not keep all others from counting until then.
    """
    return last is None or abs(now - last[0]) >= max(EVERY, timedelta(seconds=SHARE * last[1]))
