"""What to watch: the rows of the first page, titles like another, and why one was chosen."""

from __future__ import annotations

import asyncio
from uuid import UUID

import numpy as np

from libs.chassis.ids import new_id
from libs.chassis.problems import NotFound
from libs.contracts.token import Principal
from libs.contracts.trending import WORLD
from services.recommendation.engine import rows
from services.recommendation.engine.pictures import Way
from services.recommendation.engine.rows import Page
from services.recommendation.schemas.choices import Because, HomeRow, HomeRows, Reason, Similar, Starters, Why
from services.recommendation.service.people import People, Viewer
from services.recommendation.service.pictures import Pictures
from services.recommendation.service.shelf import Shelf, View

REASONS = 3
# How far back is looked for what speaks for a title.
HISTORY = 50


class NoSuchTitle(NotFound):
    """There is no such title here."""

    code = "title_not_found"


class Choosing:
    """Answers from memory, and one look at what the profile likes."""

    def __init__(self, shelf: Shelf, people: People, pictures: Pictures) -> None:
        self.shelf, self._people, self.pictures = shelf, people, pictures

    async def home(self, who: Principal, way: Way | None = None) -> HomeRows:
        """The rows of the first page; with a `way` of choosing posters, those of titles that have several."""
        viewer = await self._people.of(who)
        view = self.shelf.view
        page = page_of(view, viewer)
        chosen, (worth, fits) = await asyncio.to_thread(lambda: (page.rows(), page.worth_of_others()))
        return HomeRows(
            recommendation_id=new_id(),
            model=view.version,
            personal=viewer.personal,
            unwanted=list(viewer.unwanted),
            rows=[_row(view, row) for row in chosen],
            pictures=self.pictures.chosen(viewer, page, [each for row in chosen for each in row.titles], way),
            worth=worth,
            fits=fits,
        )

    async def starters(self, who: Principal) -> Starters:
        """Titles for somebody of whom nothing is known to pick from."""
        viewer = await self._people.of(who)
        view = self.shelf.view
        return Starters(title_ids=await asyncio.to_thread(page_of(view, viewer).starters))

    async def similar(self, who: Principal, title_id: UUID, limit: int) -> Similar:
        """Titles like this one that may be shown, the closest first."""
        viewer = await self._people.of(who)
        view = self.shelf.view
        place = _visible_place(view, viewer, title_id)
        among = view.catalogue.visible(viewer.country, viewer.maturity, viewer.now)
        among[view.catalogue.at(viewer.taste.disliked())] = False
        scores = view.ranker.alike(place)
        best = rows.best(scores, among & (scores > 0))[:limit]
        return Similar(
            recommendation_id=new_id(), model=view.version, title_ids=[view.catalogue.ids[each] for each in best]
        )

    async def why(self, who: Principal, title_id: UUID) -> Why:
        """What speaks for a title to this profile: what it watched or liked that goes with it."""
        viewer = await self._people.of(who)
        view = self.shelf.view
        place = _visible_place(view, viewer, title_id)
        strongest = await asyncio.to_thread(speaking_for, view, viewer, place)
        because = [Because(title_id=view.catalogue.ids[each], title=view.catalogue.names[each]) for each in strongest]
        most = [*view.most.get(viewer.country, ()), *view.most.get(WORLD, ())]
        return Why(personal=viewer.personal, because=because, trending=title_id in most, model=view.version)


def speaking_for(view: View, viewer: Viewer, place: int) -> list[int]:
    """The places of what the profile watched or liked that goes with a title; of what may be shown, for it is named."""
    visible = view.catalogue.visible(viewer.country, viewer.maturity, viewer.now)
    history = [each for each in view.catalogue.at(viewer.taste.history()) if each != place and visible[each]]
    goes_with = view.ranker.speaking(place, history[:HISTORY])
    return [history[at] for at in np.argsort(-goes_with, kind="stable")[:REASONS] if goes_with[at] > 0]


def page_of(view: View, viewer: Viewer) -> Page:
    """What this viewer's page is made from."""
    return Page(
        view.ranker, viewer.taste, view.popular, view.rare, view.most.get(viewer.country, ()), view.most.get(WORLD, ()),
        viewer.country, viewer.maturity, viewer.now,
    )  # fmt: skip


def _visible_place(view: View, viewer: Viewer, title_id: UUID) -> int:
    place = view.catalogue.places.get(title_id)
    if place is None or not view.catalogue.visible(viewer.country, viewer.maturity, viewer.now)[place]:
        raise NoSuchTitle
    return place


def _row(view: View, row: rows.Row) -> HomeRow:
    about = row.about
    if isinstance(about, UUID):
        reason = Reason(code=row.kind, title_id=about, title=view.catalogue.names[view.catalogue.places[about]])
        return HomeRow(id=f"because-{about}", kind=row.kind, reason=reason, worth=row.worth, title_ids=list(row.titles))
    reason = Reason(code=row.kind, genre=about)
    suffix = f"-{about.casefold().replace(' ', '-')}" if about else ""
    row_id = row.kind.replace("_", "-") + suffix
    return HomeRow(id=row_id, kind=row.kind, reason=reason, worth=row.worth, title_ids=list(row.titles))
