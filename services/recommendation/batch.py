"""One training, as the keeper has it done every day: `python -m services.recommendation.batch`."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from libs.chassis import telemetry
from libs.chassis.clock import SystemClock
from libs.chassis.data.database import Database
from libs.chassis.object_store import open_store
from libs.chassis.settings import load
from services.recommendation.service.in_use import PRIVATE
from services.recommendation.service.training import TooLittle, Training
from services.recommendation.settings import Settings

log = telemetry.logger(__name__)


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


def main() -> None:
    """Train with the service's own settings, and end."""
    _yield_to_others()
    settings = load(Settings)
    telemetry.configure("recommendation-training", settings.log_level, settings.log_format)
    asyncio.run(train(settings))


if __name__ == "__main__":
    main()
