"""Closes the records of viewings that are over, and ranks what is watched most. Any number of replicas may run one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.events.repository import erasures
from services.events.service import trending, viewings

EVERY = 5.0
LATELY = timedelta(hours=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
RANK_EVERY = 30.0


class Sweeper(Loop):
    """A component: looks every few seconds for records that are due."""

    name = "sweeper"
    every = EVERY

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self._db = db
        self._clock = clock
        self._all_at = EVER

    async def work(self) -> None:
        now = self._clock.now()
        # Of most accounts nothing comes later than that; all of them are looked at once in a while.
        since = now - LATELY if now - self._all_at < LATELY else EVER
        async with self._db.background() as session:
            await erasures.forget(session, since)
        if now - since > LATELY:
            self._all_at = now
        closed = viewings.BATCH
        while closed == viewings.BATCH:
            async with self._db.background() as session:
                closed = await viewings.close(session, self._clock.now())


class Ranker(Loop):
    """A component: publishes what is watched most whenever its order has changed."""

    name = "ranker"
    every = RANK_EVERY

    def __init__(self, db: Database, clock: Clock) -> None:
        super().__init__()
        self._db = db
        self._clock = clock

    async def work(self) -> None:
        async with self._db.background() as session:
            await trending.publish(session, self._clock.now())
