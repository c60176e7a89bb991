"""Which audio and captions a profile chose: one choice for each title, so that a series goes on as it was left."""

from __future__ import annotations

from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.watchstate.repository import projections, tracks
from services.watchstate.schemas import TrackChoice
from services.watchstate.service.kept import TitleNotFound


class Tracks:
    """Use cases of chosen tracks."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def chosen(self, who: Principal, title_id: UUID) -> TrackChoice:
        """What was chosen last."""
        row = await tracks.chosen(self._db, who.profile, title_id)
        return TrackChoice(audio=row["audio"], captions=row["captions"]) if row else TrackChoice()

    async def choose(self, who: Principal, title_id: UUID, choice: TrackChoice) -> TrackChoice:
        """Keep a choice for a title that this viewer may see."""
        now = self._clock.now()
        title = (await projections.titles(self._db, [title_id], who)).get(title_id)
        if title is None or not title.visible(who.country, await projections.maturity(self._db, who), now):
            raise TitleNotFound
        async with self._db.transaction() as session:
            kept = choice.model_dump(mode="json")
            await tracks.put(session, who.profile, who.account_id, title_id, kept["audio"], kept["captions"], now)
        return choice
