"""Who is asking, and what is known of what they like: nothing where they have not agreed to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.recommendation.engine.ranking import Taste, Watched
from services.recommendation.repository import tastes

PERSONALISATION = "personalisation"


@dataclass(frozen=True, slots=True)
class Viewer:
    """`personal`: what this profile likes may decide what it is shown. `unwanted`: what it said not to be interested in."""

    profile_id: UUID
    country: str
    maturity: int
    now: datetime
    personal: bool
    taste: Taste
    unwanted: tuple[UUID, ...] = ()
    # What it rated, whether that decides anything or not.
    stars: Mapping[UUID, int] = field(default_factory=dict)
    reset_at: datetime | None = None


class People:
    """Looks at the database with each request, so that a play, a thumb and a lowered age limit count from the next one on."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def of(self, who: Principal) -> Viewer:
        """Return whose eyes these are: the age limit as we know it, never more than the token says."""
        row = await tastes.taste(self._db, who.account_id, who.profile)
        known = row["profile"] or {}
        agreed = (
            who.consents if known.get("consents") is None else (who.consents or frozenset()) & set(known["consents"])
        )
        personal = PERSONALISATION in (agreed or ()) and not who.kids and not known.get("kids", False)
        verdicts = {title_id: verdict for title_id, verdict, _ in row["verdicts"]}
        taste = Taste(verdicts={title_id: said for title_id, said in verdicts.items() if said == "not_interested"})
        if personal:
            taste = Taste(
                tuple(Watched(*each) for each in row["watched"]), verdicts, dict(row["stars"]), tuple(row["listed"]),
                frozenset(row["before"]), {kind: (seen, chosen) for kind, seen, chosen in row["uses"]},
            )  # fmt: skip
        maturity = min(who.maturity, known.get("maturity", who.maturity))
        unwanted = tuple(title_id for title_id, said in verdicts.items() if said == "not_interested")
        return Viewer(
            who.profile, who.country, maturity, self._clock.now(), personal, taste, unwanted, dict(row["stars"]),
            row["reset_at"],
        )  # fmt: skip
