"""Why a title stands where it does for a profile, in numbers, for whoever runs the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.object_store import ObjectStore
from libs.contracts.token import UNLIMITED, Principal
from services.recommendation.repository import tastes
from services.recommendation.service.choosing import page_of, speaking_for
from services.recommendation.service.in_use import InUse
from services.recommendation.service.people import People
from services.recommendation.service.popularity import Popularity
from services.recommendation.service.shelf import Shelf


class NotKnown(LookupError):
    """There is no such profile, or no such title, in what recommendation knows."""


@dataclass(frozen=True, slots=True)
class Explained:
    """`against`: why it is not picked. `terms` are what `score` is the sum of, in spreads of all scores.

    `score` is None where nothing is known of the taste.
    `rank` counts from 1 among the `of` titles that may be picked. `rows` name where it stands on the first page.
    """

    title: str
    model: str | None
    personal: bool
    against: Sequence[str]
    terms: dict[str, float]
    score: float | None
    rank: int | None
    of: int
    because: Sequence[str]
    rows: Sequence[str]


class Explaining:
    """Sees what a replica sees that comes up now."""

    def __init__(self, db: Database, store: ObjectStore, clock: Clock) -> None:
        self._db, self._people = db, People(db, clock)
        self._popularity, self._in_use = Popularity(db, clock), InUse(db, store)
        self._shelf = Shelf(db, self._popularity, self._in_use)

    async def explain(self, profile_id: UUID, title_id: UUID, country: str) -> Explained:
        """Explain a title to whoever knows the profile. Raises `NotKnown`."""
        who = await self._principal(profile_id, country)
        await self._popularity.work()
        await self._in_use.work()
        await self._shelf.look()
        view, viewer = self._shelf.view, await self._people.of(who)
        catalogue, taste = view.catalogue, viewer.taste
        place = catalogue.places.get(title_id)
        if place is None:
            raise NotKnown(f"There is no published title {title_id}.")
        visible = catalogue.visible(viewer.country, viewer.maturity, viewer.now)
        watched = {each.title_id for each in taste.watched} | taste.before
        wrong = {
            "the profile is too young for it": catalogue.maturity[place] > viewer.maturity,
            "no window of it is open in the country": not catalogue.visible(viewer.country, UNLIMITED, viewer.now)[
                place
            ],
            "it cannot be played yet": not catalogue.playable[place],
            "the profile does not want it": title_id in taste.disliked,
            "the profile has watched it": title_id in watched,
        }
        page = page_of(view, viewer)
        scores = view.ranker.scores(taste, view.popular)
        open_to = visible & catalogue.playable
        open_to[catalogue.at([*taste.disliked, *watched])] = False
        rank = None
        if scores is not None and open_to[place]:
            rank = 1 + int(np.sum(scores[open_to] > scores[place]))
        return Explained(
            catalogue.names[place], view.version, viewer.personal, [said for said, so in wrong.items() if so],
            view.ranker.terms(taste, view.popular, place), None if scores is None else float(scores[place]), rank,
            int(open_to.sum()), [catalogue.names[each] for each in speaking_for(view, viewer, place)],
            [row.kind if row.about is None else f"{row.kind} ({_called(row.about, catalogue.names, catalogue.places)})"
             for row in page.rows() if title_id in row.titles],
        )  # fmt: skip

    async def _principal(self, profile_id: UUID, country: str) -> Principal:
        row = await tastes.owner(self._db, profile_id)
        if row is None:
            raise NotKnown(f"There is no profile {profile_id}.")
        told = row["profile"]
        return Principal(
            account_id=row["account_id"], session_id=new_id(), profile_id=profile_id, country=country,
            maturity=told.get("maturity", UNLIMITED), kids=told.get("kids", False),
            consents=frozenset(told.get("consents") or ()),
        )  # fmt: skip


def _called(about: UUID | str, names: Sequence[str], places: dict[UUID, int]) -> str:
    return names[places[about]] if isinstance(about, UUID) else about
