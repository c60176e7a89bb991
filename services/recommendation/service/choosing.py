"""What to watch: the rows of the first page, titles like another, and why one was chosen."""

from __future__ import annotations

import asyncio
from uuid import UUID

import numpy as np

from libs.chassis.ids import new_id
from libs.chassis.problems import NotFound
from libs.contracts.recommended import OwnKind
from libs.contracts.token import Principal
from libs.contracts.trending import WORLD
from services.recommendation.engine import rows, shortlist
from services.recommendation.engine.pictures import Way
from services.recommendation.engine.ranking import Ranker
from services.recommendation.engine.rows import Page
from services.recommendation.schemas.choices import Because, HomeRow, HomeRows, Reason, Similar, Starters, Why
from services.recommendation.service.people import People, Viewer
from services.recommendation.service.pictures import Pictures
from services.recommendation.service.shelf import Shelf, View

REASONS = 3
# How far back is looked for what speaks for a title.
HISTORY = 50
# Among so many neighbours of a title those are looked for that go with it.
NEIGHBOURS = 400


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
        page, chosen, (worth, fits) = await asyncio.to_thread(_made, view, viewer)
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
        return Starters(title_ids=await asyncio.to_thread(lambda: page_of(view, viewer).starters()))

    async def similar(self, who: Principal, title_id: UUID, limit: int) -> Similar:
        """Titles like this one that may be shown, the closest first."""
        viewer = await self._people.of(who)
        view = self.shelf.view
        place = _visible_place(view, viewer, title_id)
        found = await asyncio.to_thread(_alike, view, viewer, place, limit)
        return Similar(recommendation_id=new_id(), model=view.version, title_ids=found)

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
    history = [each for each in view.catalogue.at(viewer.taste.history) if each != place and visible[each]]
    # Of a large catalogue those alone that are asked about.
    places = np.unique([place, *history[:HISTORY]])
    ranker = view.ranker.among(places, viewer.country)
    goes_with = ranker.speaking(
        int(np.searchsorted(places, place)), np.searchsorted(places, history[:HISTORY]).tolist()
    )
    return [history[at] for at in np.argsort(-goes_with, kind="stable")[:REASONS] if goes_with[at] > 0]


def page_of(view: View, viewer: Viewer) -> Page:
    """What this viewer's page is made from: of a large catalogue, what may be on it."""
    ranker, popular, rare = view.ranker, view.popular, view.rare
    here, world = view.most.get(viewer.country, ()), view.most.get(WORLD, ())
    if len(view.catalogue) > shortlist.EXACT:
        places, told = view.shortlists.of(viewer.taste, viewer.country, viewer.maturity, viewer.now, [*here, *world])
        ranker, popular, rare = ranker.among(places, viewer.country, told), popular[places], rare[places]
    return Page(
        ranker, viewer.taste, popular, rare, here, world, viewer.country, viewer.maturity, viewer.now,
    )  # fmt: skip


def _made(view: View, viewer: Viewer) -> tuple[Page, list[rows.Row], tuple[dict[OwnKind, float], dict[str, float]]]:
    page = page_of(view, viewer)
    return page, page.rows(), page.worth_of_others()


def _alike(view: View, viewer: Viewer, place: int, limit: int) -> list[UUID]:
    """What goes with a title: of a large catalogue among its neighbours, and among all where those are too few."""
    if len(view.catalogue) > shortlist.EXACT:
        places = view.ranker.around(place, NEIGHBOURS)
        found = _closest(view.ranker.among(places, viewer.country), viewer, int(np.searchsorted(places, place)), limit)
        if len(found) == limit:
            return found
    return _closest(view.ranker, viewer, place, limit)


def _closest(ranker: Ranker, viewer: Viewer, place: int, limit: int) -> list[UUID]:
    catalogue = ranker.catalogue
    among = catalogue.visible(viewer.country, viewer.maturity, viewer.now)
    among[catalogue.at(viewer.taste.disliked)] = False
    scores = ranker.alike(place)
    return [catalogue.ids[each] for each in rows.best(scores, among & (scores > 0))[:limit]]


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
