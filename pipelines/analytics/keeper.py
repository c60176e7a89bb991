"""Runs the daily jobs and keeps the tables in order, one process at a time."""

from __future__ import annotations

import asyncio
import time

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from pipelines.analytics.repository import Repository
from pipelines.analytics.settings import Settings

log = telemetry.logger(__name__)

TIDY_SECONDS = 3_600.0


class Keeper(Loop):
    """A component: every few minutes the jobs of all days that have changed, however old; every hour the tables' upkeep."""

    name = "keeper"
    slowest = 60.0

    def __init__(self, settings: Settings, repository: Repository, clock: Clock) -> None:
        super().__init__()
        self.every = self.first = settings.jobs_seconds
        self._settings = settings
        self._repository = repository
        self._clock = clock
        self._tidied = 0.0

    async def work(self) -> None:
        await asyncio.to_thread(self._work)

    def _work(self) -> None:
        # As in sink.py: who is asked what it is need not load them.
        from pipelines.analytics.engines.duck import Duck
        from pipelines.analytics.service import jobs, maintenance
        from pipelines.analytics.tables import Lake

        with self._repository.alone() as alone:
            if not alone:
                return
            lake = Lake(self._settings.database_url, self._settings.object_store_url)
            try:
                with Duck(lake) as duck:
                    jobs.run_due(lake, self._repository, duck, self._clock.now())
                if time.monotonic() - self._tidied > TIDY_SECONDS:
                    maintenance.tidy(lake, self._clock.now())
                    self._tidied = time.monotonic()
            finally:
                lake.close()
