"""What people search for and do not find, for those who buy and describe titles."""

from __future__ import annotations

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from services.search.domain import VIEWERS
from services.search.repository import searches
from services.search.schemas.reports import SearchGap, SearchGaps


class Gaps:
    """The report."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def report(self, days: int, limit: int) -> SearchGaps:
        """The widest gaps of the last days, each beside as many days before."""
        now = self._clock.now()
        rows = await searches.gaps(self._db, now, days, VIEWERS, limit)
        totals = await searches.totals(self._db, now, days)
        items = [
            SearchGap(**dict(row), trend=round(row["searches"] / row["before"], 2) if row["before"] else None)
            for row in rows
        ]
        return SearchGaps(
            items=items, days=days, searches=totals["searches"], without_results=totals["without_results"]
        )
