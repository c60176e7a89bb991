"""What viewers ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.chassis import auth
from libs.chassis.id_lists import Ids, ids_of
from libs.chassis.pages import Cursor, Limit, Page
from services.catalog.api.conditional import tagged
from services.catalog.schemas.browse import (
    Card,
    Cards,
    Episodes,
    Genres,
    Rated,
    RatingBody,
    Seasons,
    TitleDetails,
)
from services.catalog.schemas.fields import TitleType, Word
from services.catalog.service.browsing import Browsing

router = APIRouter(prefix="/api/v1", tags=["catalog"])
Sort = Literal["newest", "oldest", "name", "year"]


def _browsing(request: Request) -> Browsing:
    return request.app.state.browsing  # type: ignore[no-any-return]


Use = Annotated[Browsing, Depends(_browsing)]
SeasonNumber = Annotated[int, Path(ge=0, le=9999)]
NotModified: dict[int | str, dict[str, Any]] = {304: {"description": "What you have is up to date"}}


@router.get("/titles", response_model=Page[Card], responses=NotModified)
async def list_titles(
    request: Request,
    who: auth.Profile,
    use: Use,
    sort: Sort = "newest",
    genre: Word | None = None,
    type: TitleType | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """Titles this profile may see, page by page; `genre` is an id from `/genres`."""  # fmt: skip
    return tagged(request, await use.titles(who, sort=sort, genre=genre, kind=type, limit=limit, cursor=cursor))


@router.get("/titles/new", response_model=Page[Card], responses=NotModified)
async def new_titles(
    request: Request, who: auth.Profile, use: Use, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """What was published last."""
    return tagged(request, await use.titles(who, sort="newest", genre=None, kind=None, limit=limit, cursor=cursor))


@router.get("/titles/top-rated", response_model=Cards, responses=NotModified)
async def top_rated_titles(request: Request, who: auth.Profile, use: Use, limit: Limit = 20) -> Response:
    """The best rated titles among those with at least five ratings."""
    return tagged(request, await use.top_rated(who, limit))


@router.get("/titles/cards", response_model=Cards, responses=NotModified)
async def title_cards(request: Request, who: auth.Profile, use: Use, ids: Ids) -> Response:
    """Cards of up to 100 titles (comma-separated ids), in that order; what this profile may not see is left out."""
    return tagged(request, await use.cards(who, ids_of(ids)))


@router.get("/titles/{title_id}", response_model=TitleDetails, responses=NotModified)
async def get_title(request: Request, who: auth.Profile, use: Use, title_id: UUID) -> Response:
    """Everything about a title."""
    return tagged(request, await use.details(who, title_id))


@router.get("/titles/{title_id}/seasons", response_model=Seasons, responses=NotModified)
async def title_seasons(request: Request, who: auth.Profile, use: Use, title_id: UUID) -> Response:
    """The seasons of a series that have episodes to watch."""
    return tagged(request, await use.seasons(who, title_id))


@router.get("/titles/{title_id}/seasons/{number}/episodes", response_model=Episodes, responses=NotModified)
async def season_episodes(
    request: Request, who: auth.Profile, use: Use, title_id: UUID, number: SeasonNumber
) -> Response:
    """The episodes of a season that can be played, in order."""
    return tagged(request, await use.episodes(who, title_id, number))


@router.get("/titles/{title_id}/similar", response_model=Cards, responses=NotModified)
async def similar_titles(request: Request, who: auth.Profile, use: Use, title_id: UUID, limit: Limit = 12) -> Response:
    """Titles that share directors, genres, cast or tags with this one, the closest first."""
    return tagged(request, await use.similar(who, title_id, limit))


@router.get("/genres", response_model=Genres, responses=NotModified)
async def list_genres(request: Request, who: auth.Profile, use: Use) -> Response:
    """Genres with at least one title this profile may see."""
    return tagged(request, await use.genres(who))


@router.put("/titles/{title_id}/rating")
async def rate_title(who: auth.Profile, use: Use, title_id: UUID, body: RatingBody) -> Rated:
    """Rate a title; a profile has one rating per title, the last one counts."""
    return await use.rate(who, title_id, body.stars)


@router.delete("/titles/{title_id}/rating")
async def unrate_title(who: auth.Profile, use: Use, title_id: UUID) -> Rated:
    """Take my rating back."""
    return await use.rate(who, title_id, None)
