"""What viewers do: browse, and rate. Whatever they may not see does not exist for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.http.pagination import Page, encode_cursor
from libs.chassis.languages import wanted
from libs.chassis.messaging import outbox
from libs.chassis.problems import NotFound
from libs.contracts.token import Principal
from services.catalog import artwork
from services.catalog.collation import sort_name
from services.catalog.languages import pictures, say, say_part
from services.catalog.repository import browse, ratings
from services.catalog.repository.browse import Filters, Viewer
from services.catalog.schemas.browse import (
    Artwork,
    Card,
    Cards,
    Certificate,
    CreditItem,
    EpisodeItem,
    Episodes,
    GenreItem,
    Genres,
    Poster,
    Rated,
    RatingSummary,
    SeasonItem,
    Seasons,
    TitleDetails,
    TrailerItem,
)
from services.catalog.service import orders, snapshot
from services.catalog.service.unit_of_work import TitleNotFound

TOP_RATED_AT_LEAST = 5
# What a cursor carries for each order.
SORT_KEYS: dict[str, type] = {"newest": datetime, "oldest": datetime, "name": str, "year": int}


class SeasonNotHere(NotFound):
    """This title has no such season."""

    code = "no_such_season"


def viewer_of(who: Principal, clock: Clock, header: str = "") -> Viewer:
    """Return whose eyes somebody looks with, at this moment; `header` is their `Accept-Language`."""
    return Viewer(who.country, who.maturity, clock.now(), wanted(who.language, header))


class Browsing:
    """Use cases of viewers."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def titles(
        self, who: Principal, header: str, filters: Filters, *, sort: str, limit: int, cursor: str | None
    ) -> Page[Card]:
        """One page of titles."""
        after = orders.place(sort, SORT_KEYS, cursor)
        viewer = viewer_of(who, self._clock, header)
        if filters.genre is not None:
            filters = replace(filters, genre=await browse.genre(self._db, filters.genre))
        rows = await browse.titles(self._db, viewer, filters, sort=sort, after=after, limit=limit + 1)
        more = len(rows) > limit
        rows = rows[:limit]
        following = encode_cursor(sort, rows[-1]["sort_key"], rows[-1]["title_id"]) if more else None
        return Page[Card](items=[card(row, viewer) for row in rows], next_cursor=following)

    async def top_rated(self, who: Principal, header: str, limit: int) -> Cards:
        """The best rated titles."""
        viewer = viewer_of(who, self._clock, header)
        rows = await browse.top_rated(self._db, viewer, at_least=TOP_RATED_AT_LEAST, limit=limit)
        return Cards(items=[card(row, viewer) for row in rows])

    async def trending(self, who: Principal, header: str, limit: int) -> Cards:
        """What is watched most where the viewer is."""
        viewer = viewer_of(who, self._clock, header)
        return Cards(items=[card(row, viewer) for row in await browse.trending(self._db, viewer, limit)])

    async def similar(self, who: Principal, header: str, title_id: UUID, limit: int) -> Cards:
        """Titles that have something in common with one."""
        viewer = viewer_of(who, self._clock, header)
        if not await browse.is_visible(self._db, viewer, title_id):
            raise TitleNotFound
        return Cards(items=[card(row, viewer) for row in await browse.similar(self._db, viewer, title_id, limit)])

    async def cards(self, who: Principal, header: str, ids: Sequence[UUID]) -> Cards:
        """Cards of these titles in this order, without those the viewer may not see."""
        viewer = viewer_of(who, self._clock, header)
        rows = await browse.cards(self._db, viewer, list(dict.fromkeys(ids)))
        return Cards(items=[card(row, viewer) for row in rows])

    async def details(self, who: Principal, header: str, title_id: UUID) -> TitleDetails:
        """Everything about a title that is the same for viewers of a kind: `my_rating` is left open."""
        viewer = viewer_of(who, self._clock, header)
        row = await browse.details(self._db, viewer, title_id)
        if row is None:
            raise TitleNotFound
        series = row["type"] == "series"
        said = say(row, viewer.languages)
        return TitleDetails(
            id=row["id"],
            slug=row["slug"],
            type=row["type"],
            name=said.name,
            description=said.description,
            tagline=said.tagline,
            text_language=said.language,
            other_names=row["other_names"],
            year=row["year"],
            genres=row["genres"],
            cast=row["cast_names"],
            directors=row["directors"],
            credits=_credits(row),
            tags=row["tags"],
            language=row["language"],
            country=row["country"],
            maturity=row["maturity"],
            certificates=[
                Certificate(system=name, rating=value) for name, value in sorted(row["certificates"].items())
            ],
            descriptors=row["descriptors"],
            runtime=row["runtime"],
            availability=row["availability"],
            rating=rating_of(row["rating_count"], row["rating_sum"]),
            my_rating=None,
            playable_id=row["playable_id"],
            seasons=row["seasons"] if series else None,
            artwork=_artwork(pictures(row, viewer.languages)),
            trailers=[_trailer(item, row["language"], viewer) for item in row["trailers"] or ()],
            published_at=row["published_at"],
        )

    async def seasons(self, who: Principal, header: str, title_id: UUID) -> Seasons:
        """A title's seasons; none for a film."""
        viewer = viewer_of(who, self._clock, header)
        rows = await browse.seasons(self._db, viewer, title_id)
        if not rows and not await browse.is_visible(self._db, viewer, title_id):
            raise TitleNotFound
        items = [
            SeasonItem(
                id=row["id"], number=row["number"], episodes=row["episodes"],
                **say_part(row, viewer.languages, row["language"], ("name",)),
            )
            for row in rows
        ]  # fmt: skip
        return Seasons(items=items)

    async def episodes(self, who: Principal, header: str, title_id: UUID, number: int) -> Episodes:
        """A season's episodes."""
        viewer = viewer_of(who, self._clock, header)
        rows = await browse.episodes(self._db, viewer, title_id, number)
        if not rows:
            raise SeasonNotHere if await browse.is_visible(self._db, viewer, title_id) else TitleNotFound
        return Episodes(
            items=[
                EpisodeItem(
                    id=row["id"],
                    number=row["number"],
                    **say_part(row, viewer.languages, row["language"]),
                    playable_id=row["playable_id"],
                    runtime=row["runtime"],
                    still_url=artwork.url("still", row["still"]),
                    still_srcset=artwork.srcset(row["still"]),
                    credits=_credits(row),
                )
                for row in rows
            ]
        )

    async def genres(self, who: Principal) -> Genres:
        """Genres that have something for this viewer, in the order of an alphabet."""
        found = [GenreItem(**row) for row in await browse.genres(self._db, viewer_of(who, self._clock))]
        return Genres(items=sorted(found, key=lambda genre: (sort_name(genre.name, ""), genre.id)))

    async def rate(self, who: Principal, title_id: UUID, stars: int | None) -> Rated:
        """Rate a title, or take the rating back with None."""
        viewer = viewer_of(who, self._clock)
        if not await browse.is_visible(self._db, viewer, title_id):
            raise TitleNotFound
        async with self._db.transaction() as session:
            total = await ratings.rate(session, title_id, who.profile, who.account_id, stars, viewer.now)
            await outbox.add(session, snapshot.rated(title_id, total.count, total.sum, viewer.now, who.profile, stars))
        return Rated(my_rating=stars, rating=rating_of(total.count, total.sum))


def _credits(row: Any) -> list[CreditItem]:
    return [
        CreditItem(
            person_id=part["person_id"],
            name=part["name"],
            role=part["role"],
            character=part["character"],
            portrait_url=artwork.url("portrait", part["portrait"]),
        )
        for part in row["credits"] or ()
    ]


def _trailer(item: Any, language: str, viewer: Viewer) -> TrailerItem:
    """Return a trailer, called in the viewer's language; its own name is in that of its title."""
    return TrailerItem(**{**item, **say_part(item, viewer.languages, language, ("name",))})


def rating_of(count: int, points: int) -> RatingSummary:
    """Return the average of `count` ratings whose stars sum up to `points`."""
    return RatingSummary(average=round(points / count, 2) if count else 0, count=count)


def _artwork(images: Mapping[str, Any]) -> Artwork:
    found = {kind: images.get(kind, {}).get("variants") for kind in ("poster", "backdrop", "logo")}
    values = {kind: artwork.url(kind, variants) for kind, variants in found.items()}
    values |= {f"{kind}_srcset": artwork.srcset(variants) for kind, variants in found.items()}
    poster, backdrop = images.get("poster", {}), images.get("backdrop", {})
    return Artwork(
        **values,
        color=poster.get("color"),
        blurhash=poster.get("blurhash"),
        backdrop_blurhash=backdrop.get("blurhash"),
    )


def card(row: Any, viewer: Viewer) -> Card:
    """Return a row as a tile, in the viewer's language."""
    said, shown = say(row, viewer.languages), _artwork(pictures(row, viewer.languages))
    return Card(
        title_id=row["title_id"],
        name=said.name,
        type=row["type"],
        description=said.description,
        text_language=said.language,
        year=row["year"],
        maturity=row["maturity"],
        genres=row["genres"],
        runtime=row["runtime"],
        availability=row["availability"],
        playable_id=row["playable_id"],
        poster_url=shown.poster,
        poster_srcset=shown.poster_srcset,
        backdrop_url=shown.backdrop,
        backdrop_srcset=shown.backdrop_srcset,
        logo_url=shown.logo,
        color=shown.color,
        blurhash=shown.blurhash,
        backdrop_blurhash=shown.backdrop_blurhash,
        trailer=_trailer(row["trailer"], row["language"], viewer) if row["trailer"] else None,
        other_posters=_other_posters(row, shown),
    )


def _other_posters(row: Any, shown: Artwork) -> dict[str, Poster]:
    """Those of the title itself: where another language has its own poster, words on these would be in the wrong one."""
    images = row["images"] or {}
    if shown.poster != artwork.url("poster", images.get("poster", {}).get("variants")):
        return {}
    return {
        kind: Poster(url=artwork.url(kind, found) or "", srcset=artwork.srcset(found) or "")
        for kind in artwork.OTHER_POSTERS
        if (found := images.get(kind, {}).get("variants"))
    }
