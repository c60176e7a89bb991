"""Who is searching: the token, what identity told last of its profile, and what that profile watches most."""

from __future__ import annotations

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.search.engine.taste import NEUTRAL, Taste
from services.search.engine.visibility import Viewer
from services.search.repository import projections


class Viewers:
    """Looks at the database with each search: an age limit that was lowered counts from the next one on.

    `personal`: what a profile watches decides between titles that fit nearly equally well.
    """

    def __init__(self, db: Database, clock: Clock, *, personal: bool) -> None:
        self._db = db
        self._clock = clock
        self._personal = personal

    async def of(self, who: Principal) -> Viewer:
        """Return whose eyes these are: the age limit as we know it, never more than the token says."""
        row = await projections.profile(self._db, who.account_id, who.profile)
        known = row["profile"]
        maturity, kids, language = who.maturity, who.kids, who.language or "en"
        if known is not None:
            maturity = min(maturity, known.get("maturity", maturity))
            kids = kids or known.get("kids", False)
            language = known.get("language", language)
        liked = self._personal and row["genres"] is not None
        taste = Taste.of(row["genres"], row["people"]) if liked else NEUTRAL
        return Viewer(who.country, maturity, kids, language, self._clock.now(), taste)
