"""The sweeper: ends the leases of players that vanished. Any number of replicas may run one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from libs.chassis import telemetry
from libs.chassis.database import Database
from libs.chassis.parts import finish
from services.playback.repository import leases

log = telemetry.logger(__name__)

BATCH = 200
PURGE_EVERY = timedelta(minutes=10)


class Sweeper:
    """A part: every `interval` seconds ends what has run out. Starts do not wait for it, they count live leases only."""

    name = "sweeper"
    required = False

    def __init__(self, db: Database, interval: float) -> None:
        self._db = db
        self._interval = interval
        self._task: asyncio.Task[None] | None = None
        self._problem: str | None = "not started"
        self._purged = datetime.now(UTC)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="lease-sweeper")

    async def stop(self) -> None:
        await finish(self._task)

    async def check(self) -> None:
        if self._problem:
            raise RuntimeError(self._problem)

    async def sweep(self, at: datetime | None = None) -> int:
        """End every lease that has run out; return how many."""
        ended = 0
        while True:
            async with self._db.pool.acquire() as connection:
                found = await leases.sweep(connection, at, BATCH)
            ended += found
            if found < BATCH:
                return ended

    async def _run(self) -> None:
        while True:
            try:
                if ended := await self.sweep():
                    log.info("leases_expired", count=ended)
                if datetime.now(UTC) - self._purged > PURGE_EVERY:
                    self._purged = datetime.now(UTC)
                    async with self._db.pool.acquire() as connection:
                        await leases.purge(connection)
                self._problem = None
            except Exception as error:
                self._problem = f"{type(error).__name__}: {error}"
                log.warning("sweeper_waits", reason=self._problem)
            await asyncio.sleep(self._interval)
