"""Whether profiles can have met what apps say that they met, as far as intake knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.data.database import Database, is_transient
from libs.chassis.messaging.flags import Flags
from libs.contracts.experiments import OF_A_FLAG
from services.events.domain import Run, unmet
from services.events.repository import exposures as repository

log = telemetry.logger(__name__)


class Meeting(NamedTuple):
    """What an app says that a profile met, and when that was by our clock."""

    experiment: str
    arm: str
    occurred_at: datetime


class Meetings:
    """What runs now is known from its topic. All else is looked up where experiments are made, so that nothing is refused for
    being new; while that cannot be asked nothing is refused, and whoever counts decides.
    """

    def __init__(self, db: Database, flags: Flags) -> None:
        self._db = db
        self._flags = flags

    async def refused(self, profile_id: UUID, told: Sequence[Meeting], now: datetime) -> list[str | None]:
        """Return for each of what a profile tells now the reason why it cannot have been (`unmet`); None where it can."""
        runs = {each.experiment: self._running(each.experiment) for each in told}
        reasons = _reasons(runs, profile_id, told, now)
        doubtful = {each.experiment for each, reason in zip(told, reasons, strict=True) if reason}
        if not doubtful:
            return reasons
        try:
            found = await repository.runs(self._db, doubtful)
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("exposures_unchecked", reason=str(error))
            return [None] * len(told)
        return _reasons({**runs, **dict.fromkeys(doubtful), **found}, profile_id, told, now)

    def _running(self, name: str) -> Run | None:
        """Return what the topic says of an experiment that runs: nothing of it has changed since it was started."""
        known = self._flags.experiment(name)
        return Run(known, known.changed_at) if known is not None and known.status == "running" else None


def _reasons(
    runs: Mapping[str, Run | None], profile_id: UUID, told: Sequence[Meeting], now: datetime
) -> list[str | None]:
    # What was on for somebody while a flag was rolled out is not known: its share has changed since.
    return [
        None
        if each.experiment.startswith(OF_A_FLAG)
        else unmet(runs.get(each.experiment), profile_id, each.arm, each.occurred_at, now)
        for each in told
    ]
