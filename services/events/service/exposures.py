"""Who met which arm, and what each profile watched on each day: what experiments are judged by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging.received import Received
from libs.contracts.client import ArmMet
from services.events.repository import exposures as repository
from services.events.repository.exposures import Day, Met


async def met(session: AsyncSession, events: Sequence[Received[ArmMet]]) -> None:
    """Keep who met which arm; heard again it changes nothing."""
    told = [event.data for event in events]
    await repository.expose(
        session,
        [
            Met(e.experiment, e.profile_id, e.account_id, e.arm, e.country, e.app, e.app_version, e.occurred_at)
            for e in told
        ],
    )


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
