"""How many watch each title of late, counted apart from all else: answers wait for it never, and go on with the counts before."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.recommendation.repository import tastes


class Popularity(Loop):
    """A component: counts every five minutes. `counts` is another object after each counting."""

    name = "popularity"
    every = 300.0
    # Counting is heavy, and nobody waits for it: one that failed is not begun again at once.
    slowest = 60.0

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self._db, self._clock = db, clock
        self.counts: Mapping[UUID, float] = {}

    async def work(self) -> None:
        """Count once."""
        rows = await tastes.popularity(self._db, self._clock.now())
        self.counts = {row["title_id"]: row["viewers"] for row in rows}
