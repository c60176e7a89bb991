"""One training, as the keeper has it done every day: `python -m services.recommendation.batch`.

It ends with the process whose number it is told, where it is told one.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from libs.chassis import telemetry
from libs.chassis.clock import SystemClock
from libs.chassis.data.database import Database
from libs.chassis.object_store import open_store
from libs.chassis.settings import load
from services.recommendation.repository.trainings import LONGEST_SECONDS
from services.recommendation.service.comparing import TooLittle
from services.recommendation.service.in_use import PRIVATE
from services.recommendation.service.training import AtWork, Training
from services.recommendation.settings import Settings

log = telemetry.logger(__name__)

# prctl(2): the signal that this process gets when its parent dies.
PR_SET_PDEATHSIG = 1


async def train(settings: Settings) -> None:
    """Train once. That there is too little to learn from yet is no failure."""
    db = Database.of(settings)
    await db.start()
    try:
        store = open_store(settings.object_store_url, PRIVATE)
        made = await Training(db, store, SystemClock()).train()
    except TooLittle as error:
        log.info("nothing_to_learn_from", reason=str(error))
    else:
        log.info("model_trained", version=made.version, chosen=made.chosen, **made.card["evaluation"])
    finally:
        await db.stop()


def _yield_to_others() -> None:
    """Come after who answers, for a processor and, where memory runs out, for staying alive."""
    os.nice(10)
    with suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text("1000")


def _end_with(parent: int) -> None:
    """Die when the parent does, however it does, also where it has done so by now."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("who asked for the training is gone")


def main() -> None:
    """Train with the service's own settings, and end."""
    for parent in sys.argv[1:]:
        _end_with(int(parent))
    signal.alarm(int(LONGEST_SECONDS))
    _yield_to_others()
    settings = load(Settings)
    telemetry.configure("recommendation-training", settings.log_level, settings.log_format)
    try:
        asyncio.run(train(settings))
    except AtWork as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
