"""What a profile says it likes, what is known of it, and forgetting that."""

from __future__ import annotations

from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.contracts.token import Principal
from services.recommendation.repository import tastes
from services.recommendation.schemas.tastes import GenreShare, KnownTaste, Rated, Said, Verdict
from services.recommendation.service.choosing import NoSuchTitle, page_of
from services.recommendation.service.people import People
from services.recommendation.service.shelf import Shelf


class Tasting:
    """Use cases around a profile's taste."""

    def __init__(self, db: Database, clock: Clock, shelf: Shelf, people: People) -> None:
        self._db, self._clock, self._shelf, self._people = db, clock, shelf, people

    async def known(self, who: Principal) -> KnownTaste:
        """All that decides what the profile is shown."""
        viewer = await self._people.of(who)
        view = self._shelf.view
        page = page_of(view, viewer)
        liked = sorted(page.liked.items(), key=lambda each: (-each[1], each[0]))
        catalogue = view.catalogue
        # What may not be shown any more is not named either.
        visible = catalogue.visible(viewer.country, viewer.maturity, viewer.now)
        return KnownTaste(
            personal=viewer.personal,
            genres=[GenreShare(genre=name, share=round(min(share, 1.0), 3)) for name, share in liked[:10]],
            watched=len(viewer.taste.watched),
            kept=await tastes.kept(self._db, who.profile),
            said=[
                Said(title_id=title_id, title=catalogue.names[catalogue.places[title_id]], verdict=verdict)
                for title_id, verdict in viewer.taste.verdicts.items()
                if title_id in catalogue.places and visible[catalogue.places[title_id]]
            ],
            rated=[
                Rated(title_id=title_id, title=catalogue.names[catalogue.places[title_id]], stars=stars)
                for title_id, stars in viewer.stars.items()
                if title_id in catalogue.places and visible[catalogue.places[title_id]]
            ],
            reset_at=viewer.reset_at,
        )

    async def say(self, who: Principal, title_id: UUID, verdict: Verdict) -> Said:
        """Keep what a profile says of a title. It counts from the next page on."""
        viewer = await self._people.of(who)
        catalogue = self._shelf.view.catalogue
        place = catalogue.places.get(title_id)
        if place is None or not catalogue.visible(viewer.country, viewer.maturity, viewer.now)[place]:
            raise NoSuchTitle
        await tastes.say(self._db, who.profile, who.account_id, title_id, verdict, self._clock.now())
        return Said(title_id=title_id, title=catalogue.names[place], verdict=verdict)

    async def take_back(self, who: Principal, title_id: UUID) -> None:
        """Forget what a profile said of a title."""
        await tastes.say(self._db, who.profile, who.account_id, title_id, None, self._clock.now())

    async def reset(self, who: Principal) -> None:
        """Begin anew: nothing from before decides what this profile is shown."""
        await tastes.reset(self._db, who.profile, who.account_id, self._clock.now())
