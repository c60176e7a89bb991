"""Trains once a day by itself: one replica at a time, late where the house was closed, and in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from services.recommendation.repository import trainings

log = telemetry.logger(__name__)

# After a training, the next one. One that failed is tried again sooner, but not one that took this process with it.
EVERY = timedelta(hours=24)
AGAIN = timedelta(hours=1)

Train = Callable[[], Awaitable[bool]]


class Keeper(Loop):
    """A component: looks every few minutes whether a training is due, and has it done where nobody else has."""

    name = "training"
    every = 300.0
    # Whoever comes up has more urgent things to do.
    first = 60.0
    slowest = 300.0

    def __init__(self, db: Database, clock: Clock, train: Train) -> None:
        super().__init__()
        self._db, self._clock, self._train = db, clock, train

    async def work(self) -> None:
        """Train, where the last training is a day old, or failed an hour ago."""
        async with trainings.alone(self._db, "keeping") as alone:
            if not alone or not due(await trainings.last(self._db), self._clock.now()):
                return
            number = await trainings.begin(self._db, self._clock.now())
            outcome = "failed"
            try:
                outcome = "done" if await self._train() else "failed"
            finally:
                await trainings.end(self._db, number, self._clock.now(), outcome)


def due(last: tuple[datetime, str] | None, now: datetime) -> bool:
    """Whether it is time, by when the last training began and what came of it.

    One that was cut short may be what the process died of, and would be again.
    """
    if last is None:
        return True
    began, outcome = last
    return now - began >= (AGAIN if outcome == "failed" else EVERY)


async def in_a_process() -> bool:
    """Train as `python -m services.recommendation.batch`, with what this process is told; whether it went well.

    It needs much memory for minutes: whoever runs out of memory ends it, and not who answers. It does not outlive this process.
    """
    batch = ("-m", "services.recommendation.batch", str(os.getpid()))
    process = await asyncio.create_subprocess_exec(sys.executable, *batch)
    try:
        async with asyncio.timeout(trainings.LONGEST_SECONDS):
            code = await process.wait()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if code:
        log.error("training_failed", code=code)
    return code == 0
