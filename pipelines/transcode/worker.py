"""The transcoding worker: takes jobs from the queue one at a time and picks up those a dead worker left."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision, exceptions
from procrastinate.jobs import Job
from psycopg.abc import RV, PQGen

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.data.postgres import for_libpq
from libs.chassis.messaging.outbox import RelayWaker
from libs.chassis.object_store import open_store
from libs.chassis.settings import load
from pipelines.transcode.media import isolation
from pipelines.transcode.media.tools import installed
from pipelines.transcode.repository.assets import QUEUE, TASK, Assets
from pipelines.transcode.service.jobs import Jobs, TryLater
from pipelines.transcode.settings import Settings

log = telemetry.logger(__name__)

NAME = "transcode-worker"


AFTER_TROUBLE = 10
LOOK_SECONDS = 10.0


class RetryUntilItEnds(BaseRetryStrategy):
    """Try a job again when it says so, or when it could not even write down how it ended; how often is counted on the asset."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again."""
        if not isinstance(exception, Exception):
            return None
        return RetryDecision(
            retry_in={"seconds": exception.seconds if isinstance(exception, TryLater) else AFTER_TROUBLE}
        )


class PatientConnection(psycopg.AsyncConnection[Any]):
    """Waits for what its socket says. psycopg also looks ten times a second, for signals that asyncio handles by itself."""

    async def wait(self, gen: PQGen[RV], interval: float = LOOK_SECONDS, timeout: float | None = None) -> RV:
        """Return what the exchange with the server returns."""
        return await super().wait(gen, interval, timeout)


class Rescue(Loop):
    """A component: queues again, at the start and from then on, what workers without a heartbeat were doing."""

    name = "rescue"

    def __init__(self, app: App, stalled_seconds: float) -> None:
        super().__init__()
        self._app = app
        self._stalled_seconds = stalled_seconds
        self.every = stalled_seconds / 3

    async def work(self) -> None:
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=self._stalled_seconds):
            # Another worker may have been quicker.
            with contextlib.suppress(exceptions.ProcrastinateException):
                await manager.retry_job(job, retry_at=datetime.now(UTC))
                log.warning("job_rescued", job=job.id, asset_id=job.task_kwargs.get("asset_id"))


class Worker:
    """Everything a worker process holds."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = asyncio.Event()
        self.db = Database.of(settings, pool_size=1, hot_pool_size=4)
        self.jobs = Jobs(settings, Assets(self.db), open_store(settings.object_store_url), installed(), self.stopping)
        self.app = App(
            connector=PsycopgConnector(
                conninfo=for_libpq(settings.direct_url), min_size=1, max_size=4, connection_class=PatientConnection
            )
        )

        @self.app.task(name=TASK, queue=QUEUE, retry=RetryUntilItEnds())
        async def transcode(asset_id: str) -> None:
            await self.jobs.transcode(UUID(asset_id))

    async def run(self) -> None:
        """Work until `stopping` is set; the job in hand goes back to the queue at once."""
        await self.db.start()
        rescue, waker = Rescue(self.app, self.settings.stalled_seconds), RelayWaker(self.db)
        try:
            async with self.app.open_async():
                work = asyncio.create_task(
                    self.app.run_worker_async(
                        queues=[QUEUE],
                        name=NAME,
                        concurrency=1,
                        install_signal_handlers=False,
                        # It is told of new jobs; this finds those whose time has come.
                        fetch_job_polling_interval=5.0,
                        update_heartbeat_interval=self.settings.heartbeat_seconds,
                        stalled_worker_timeout=self.settings.stalled_seconds,
                    )
                )
                await rescue.start()
                await waker.start()
                stop = asyncio.create_task(self.stopping.wait())
                log.info("worker_ready", parallel=self.settings.parallel, preset=self.settings.encode_preset)
                await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
                await rescue.stop()
                await waker.stop()
                for task in (stop, work):
                    task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await work
        finally:
            await self.db.stop()


async def run(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    worker = Worker(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stopping.set)
    await worker.run()


def isolate(settings: Settings) -> None:
    """Prove that children are isolated. Ends the process with a sentence where they cannot be and less is not accepted."""
    try:
        missing = isolation.settle(accept_less=settings.isolation == "available")
    except isolation.NotIsolated as error:
        log.error("worker_refused", reason=str(error))
        raise SystemExit(1) from None
    for what in missing:
        log.warning(
            "isolation_missing", what=what, meaning="Whoever uploads a hostile file may reach what this worker can."
        )


def main() -> None:
    """Run a worker with settings from the environment."""
    settings = load(Settings)
    telemetry.configure(NAME, settings.log_level, settings.log_format)
    # It tells of every job at INFO, and warns of an app built in the main module: our own lines say the first, and no
    # other process looks our tasks up by module.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    logging.getLogger("procrastinate.blueprints").setLevel(logging.ERROR)
    isolate(settings)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
