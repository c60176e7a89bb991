"""What is watched most, as events tells it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.contracts.trending import TrendingChanged
from services.catalog.models import Trending


async def put(session: AsyncSession, events: Sequence[TrendingChanged]) -> None:
    """Keep the titles of regions, one event for each; what is known as newer stays."""
    rows = [
        {"region": event.region, "titles": [item.title_id for item in event.titles], "computed_at": event.computed_at}
        for event in events
    ]
    await upserts.put(session, Trending.__table__, rows, newer="computed_at")
