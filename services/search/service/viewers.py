"""Who is searching: the token, and what identity told last of its profile."""

from __future__ import annotations

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.search.engine.visibility import Viewer
from services.search.repository import projections


async def viewer(db: Database, who: Principal, clock: Clock) -> Viewer:
    """Return whose eyes these are: the age limit as we know it, never more than the token says."""
    known = await projections.profile(db, who.account_id, who.profile)
    maturity, kids, language = who.maturity, who.kids, "en"
    if known is not None:
        maturity = min(maturity, known.get("maturity", maturity))
        kids = kids or known.get("kids", False)
        language = known.get("language", language)
    return Viewer(who.country, maturity, kids, language, clock.now())
