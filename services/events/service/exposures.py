"""Who met which arm, and what each profile watched on each day: what experiments are judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging.received import Received
from libs.contracts.assignment import Subject, arm
from libs.contracts.client import ArmMet
from libs.contracts.experiments import Audience, ExperimentChanged
from services.events.models.experiments import Experiment
from services.events.repository import experiments
from services.events.repository import exposures as repository
from services.events.repository.exposures import Day, Met

# So much may a time that an app tells be off without having been set right.
SLACK = timedelta(seconds=5)


async def met(session: AsyncSession, events: Sequence[Received[ArmMet]]) -> None:
    """Keep who met their arm of an experiment; heard again it changes nothing.

    Anybody may tell anything: what is no experiment, was told of before its start, or is another arm than is drawn for this
    profile was not met. What is met of flags is for the lake: nothing here is judged by it.
    """
    known = await experiments.some(session, {event.data.experiment for event in events})
    drawn = {name: Drawn(made) for name, made in known.items()}
    told = [each for event in events if (each := event.data).experiment in drawn and drawn[each.experiment].met(each)]
    await repository.expose(
        session,
        [
            Met(e.experiment, e.profile_id, e.account_id, e.arm, e.country, e.app, e.app_version, e.occurred_at)
            for e in told
        ],
    )


class Drawn:
    """Who is drawn for which arm of an experiment, whomever it is meant for: that may have changed since somebody met theirs."""

    def __init__(self, made: Experiment) -> None:
        definition = ExperimentChanged.model_validate(made.definition)
        self._definition = definition.model_copy(update={"status": "running", "audience": Audience()})
        self._since = made.started_at

    def met(self, told: ArmMet) -> bool:
        if self._since is None or told.occurred_at < self._since - SLACK:
            return False
        return arm(self._definition, Subject(told.profile_id)) == told.arm


async def count(session: AsyncSession, changes: Iterable[tuple[dict[str, Any] | None, dict[str, Any]]]) -> None:
    """Add to profiles' days by what records say now and did not say before: None where there was none."""
    days = []
    for before, now in changes:
        if now["trailer"]:
            continue
        old, new = _values(before), _values(now)
        if old != new:
            day = datetime.fromisoformat(now["ended_at"]).astimezone(UTC).date()
            difference = (after - known for after, known in zip(new, old, strict=True))
            days.append(Day(UUID(now["profile_id"]), day, UUID(now["account_id"]), *difference))  # type: ignore[arg-type]
    await repository.add(session, days)


def _values(record: dict[str, Any] | None) -> tuple[float, ...]:
    """Return a record's part of its day, in the order of `Day`."""
    if record is None:
        return (0, 0.0, 0, 0, 0.0, 0.0)
    startup = record.get("startup_ms")
    return (
        1,
        record["watched_wall"],
        int(record.get("error_code") is not None),
        int(startup is not None),
        startup or 0.0,
        record.get("rebuffer_seconds") or 0.0,
    )
