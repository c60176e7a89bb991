"""The sweeper: ends the leases of players that vanished. Any number of replicas may run one."""

from __future__ import annotations

from datetime import datetime

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.playback.repository import leases

log = telemetry.logger(__name__)

BATCH = 200
# Where nobody plays there is nothing to sweep, and no lease is shorter than this.
QUIET_SECONDS = 5.0


class Sweeper(Loop):
    """A component: every `interval` seconds ends what has run out. Starts do not wait for it, they count live leases only."""

    name = "sweeper"

    def __init__(self, db: Database, interval: float) -> None:
        super().__init__()
        self.every = interval
        self._db = db

    async def sweep(self, at: datetime | None = None) -> int:
        """End every lease that has run out; return how many."""
        ended = 0
        while True:
            async with self._db.pool.acquire() as connection:
                found = await leases.sweep(connection, at, BATCH)
            ended += found
            if found < BATCH:
                return ended

    async def work(self) -> float | None:
        if ended := await self.sweep():
            log.info("leases_expired", count=ended)
            self._db.outbox_written.set()
        return None if await self._db.pool.fetchval("SELECT EXISTS (SELECT FROM leases)") else QUIET_SECONDS
