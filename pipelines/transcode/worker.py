"""The transcoding worker: a few slots, each of which does one step of a film at a time, in turn with all other workers."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.messaging.outbox import RelayWaker
from libs.chassis.object_store import open_store
from libs.chassis.settings import load
from pipelines.transcode.media import isolation
from pipelines.transcode.media.tools import installed
from pipelines.transcode.repository.assets import CHANNEL, Assets
from pipelines.transcode.repository.steps import Steps
from pipelines.transcode.service.jobs import Jobs
from pipelines.transcode.service.masters import PRIVATE
from pipelines.transcode.service.workplace import Workplace
from pipelines.transcode.settings import Settings

log = telemetry.logger(__name__)

NAME = "transcode-worker"
LOOK_SECONDS = 5.0


class Slot(Loop):
    """A component: does one step after the other while there are any for it. `spare`: see domain.py."""

    every = None

    def __init__(self, jobs: Jobs, *, spare: bool) -> None:
        super().__init__()
        self.name = "spare-slot" if spare else "slot"
        self._jobs = jobs
        self._spare = spare
        self._at_work = asyncio.Lock()

    async def work(self) -> float | None:
        async with self._at_work:
            return 0.0 if await self._jobs.next(spare=self._spare) else None

    async def stop(self) -> None:
        """Stop once the step in hand has been given back."""
        async with self._at_work:
            await super().stop()


class Bell(Loop):
    """A component: calls the slots when there is a step to be done, now or because a lease has ended, and tidies up."""

    name = "bell"
    every = 0.0

    def __init__(self, db: Database, jobs: Jobs, steps: Steps, ring: Callable[[], None]) -> None:
        super().__init__()
        self._db = db
        self._jobs = jobs
        self._steps = steps
        self._ring = ring

    async def work(self) -> None:
        connection = await self._db.direct()
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._ring())
            while True:
                if await self._steps.any_free(connection):
                    self._ring()
                await self._jobs.tidy()
                self.well()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            connection.terminate()


class Worker:
    """Everything a worker process holds."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stopping = asyncio.Event()
        self._leaving = asyncio.Event()
        self.db = Database.of(settings, pool_size=1, hot_pool_size=4)
        self.workplace = Workplace(settings.work_dir, settings.most_kept_bytes)
        steps, store = Steps(self.db), open_store(settings.object_store_url, PRIVATE)
        self.jobs = Jobs(settings, Assets(self.db), steps, store, installed(), self.workplace, self.stopping)
        self.slots = [
            Slot(self.jobs, spare=number == settings.encode_parallel) for number in range(settings.encode_parallel + 1)
        ]
        self.jobs.on_busy = self.slots[-1].wake
        self._background = [Bell(self.db, self.jobs, steps, self.ring), RelayWaker(self.db)]

    def ring(self) -> None:
        """Have every slot look for a step."""
        for slot in self.slots:
            slot.wake()

    def stop(self) -> None:
        """Have `run` end now: the steps in hand go back to the queue at once."""
        self.stopping.set()
        self._leaving.set()

    def drain(self) -> None:
        """Have `run` end when the steps in hand are done; `stop` may still be said."""
        self.jobs.closed = True
        self._leaving.set()

    async def run(self) -> None:
        """Work until told to `stop` or to `drain`."""
        self.workplace.open()
        await self.db.start()
        try:
            for component in (*self.slots, *self._background):
                await component.start()
            log.info("worker_ready", parallel=self.settings.encode_parallel, preset=self.settings.encode_preset)
            await self._leaving.wait()
            await asyncio.gather(*(slot.stop() for slot in self.slots))
            await asyncio.gather(*(component.stop() for component in self._background))
        finally:
            await self.db.stop()
            self.workplace.close()


async def run(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT, or SIGQUIT, at which it ends what it has in hand."""
    worker = Worker(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    loop.add_signal_handler(signal.SIGQUIT, worker.drain)
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
    isolate(settings)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
