"""What is watched most, in every country and in the world: counted with each closed viewing, published when its order changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging import outbox
from libs.contracts.trending import TrendingChanged, TrendingTitle
from services.events import qoe
from services.events.repository import trending as repository
from services.events.repository.trending import Watched

WINDOW = timedelta(days=7)
HALF_LIFE = timedelta(days=2)
MOST = 100


async def count(session: AsyncSession, records: Iterable[dict[str, Any]]) -> None:
    """Count who watched what, from records of viewings that are closed, or closed again."""
    await repository.count(
        session,
        [
            Watched(
                UUID(record["profile_id"]), UUID(record["account_id"]), UUID(record["title_id"]), record.get("country"),
                datetime.fromisoformat(record["ended_at"]),
            )
            for record in records
            if qoe.is_watched(record)
        ],
    )  # fmt: skip


async def publish(session: AsyncSession, now: datetime) -> int:
    """Publish the regions whose order is another than what was published last; return how many."""
    if not await repository.alone(session):
        return 0
    before = await repository.published(session)
    ranked = await repository.ranked(session, now, window=WINDOW, half_life=HALF_LIFE, most=MOST)
    found = {region: list(rows) for region, rows in groupby(ranked, lambda row: row.region)}
    changed = 0
    for region in sorted(before.keys() | found.keys()):
        rows = found.get(region, [])
        order = [row.title_id for row in rows]
        if order == before.get(region):
            continue
        changed += 1
        await repository.note(session, region, order, now)
        titles = tuple(
            TrendingTitle(title_id=row.title_id, score=round(row.score, 4), viewers=row.viewers) for row in rows
        )
        await outbox.add(session, TrendingChanged(region=region, titles=titles, computed_at=now))
    return changed
