"""What a profile searched for last. Of a child's profile nothing is kept."""

from __future__ import annotations

from uuid import UUID

from libs.chassis import ids
from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.search.engine.text import fold
from services.search.repository import searches
from services.search.schemas.mine import RecentItem, Recents

SHORTEST = 2


class RecentSearches:
    """Use cases of a profile's own list."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def items(self, who: Principal) -> Recents:
        """The list, the newest first."""
        if who.kids:
            return Recents(items=[])
        rows = await searches.recents(self._db, who.profile)
        return Recents(
            items=[RecentItem(id=row["id"], text=row["text"], searched_at=row["searched_at"]) for row in rows]
        )

    async def remember(self, who: Principal, words: str) -> None:
        """Put a search on top."""
        folded = fold(words) or words.casefold()
        if who.kids or len(folded) < SHORTEST:
            return
        await searches.remember(
            self._db, id=ids.new_id(), profile_id=who.profile, account_id=who.account_id, words=words, folded=folded,
            now=self._clock.now(),
        )  # fmt: skip

    async def clear(self, who: Principal) -> None:
        """Empty the list."""
        await searches.forget_recents(self._db, who.profile)

    async def remove(self, who: Principal, recent_id: UUID) -> None:
        """Take one search out; where it is not in the list nothing happens."""
        await searches.forget_recents(self._db, who.profile, recent_id)
