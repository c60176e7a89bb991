"""Who met which arm, and what each profile watched on each day: what experiments are judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging.received import Received
from libs.contracts.client import ArmMet
from libs.contracts.experiments import OF_A_FLAG
from services.events.domain import unmet
from services.events.repository import exposures as repository
from services.events.repository.exposures import Day, Met

UNMET = Counter("bijou_exposures_not_counted_total", "Exposures that cannot have been, by the reason", ["reason"])


async def met(session: AsyncSession, events: Sequence[Received[ArmMet]]) -> None:
    """Keep who met which arm of an experiment, where that can have been; heard again it changes nothing.

    So a profile has a row for each experiment that ever ran, at most. Flags have no report: the log has theirs.
    """
    told = [event.data for event in events if not event.data.experiment.startswith(OF_A_FLAG)]
    if not told:
        return
    runs = await repository.runs_in(session, {each.experiment for each in told})
    kept = []
    for e in told:
        reason = unmet(runs.get(e.experiment), e.profile_id, e.arm, e.occurred_at, e.received_at)
        if reason is not None:
            UNMET.labels(reason).inc()
            continue
        kept.append(
            Met(e.experiment, e.profile_id, e.account_id, e.arm, e.country, e.app, e.app_version, e.occurred_at)
        )
    await repository.expose(session, kept)


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
