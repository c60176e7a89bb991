"""What viewers ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.id_lists import BadId, Ids, TooManyIds, ids_of
from libs.chassis.http.pagination import Cursor, Limit, Page
from libs.chassis.security import auth
from services.catalog.api.conditional import tagged
from services.catalog.api.filters import Asked, EmptyRange
from services.catalog.api.kept import AcceptLanguage, KeptRoute, answer
from services.catalog.repository.browse import Filters
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
from services.catalog.schemas.fields import FILM
from services.catalog.service.browse import Browsing, SeasonNotHere
from services.catalog.service.unit_of_work import TitleNotFound

router = APIRouter(prefix="/api/v1", tags=["Browse"], route_class=KeptRoute)
Sort = Annotated[Literal["newest", "oldest", "name", "year"], Query(description="`newest` by the day of publishing.")]


def _browsing(request: Request) -> Browsing:
    return request.app.state.browsing  # type: ignore[no-any-return]


Use = Annotated[Browsing, Depends(_browsing)]
TitleId = Annotated[UUID, Path(description="A title, from any list.", examples=[FILM])]
SeasonNumber = Annotated[int, Path(ge=0, le=9999, description="The season's number.", examples=[1])]
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "What you have is up to date."}}
NOT_HERE = NOT_MODIFIED | raises(TitleNotFound)


@router.get("/titles", response_model=Page[Card], responses=NOT_MODIFIED | raises(EmptyRange))
async def list_titles(
    request: Request,
    who: auth.Profile,
    use: Use,
    asked: Asked,
    sort: Sort = "newest",
    limit: Limit = 20,
    cursor: Cursor = None,
    spoken: AcceptLanguage = "",
) -> Response:
    """List titles.

    Those this profile may see: published, for its age, in its country, in their window. Filters narrow it to
    what meets all of them; one that is not known is refused.
    """  # fmt: skip
    return await answer(request, who, lambda: use.titles(who, spoken, asked, sort=sort, limit=limit, cursor=cursor))


@router.get("/titles/new", response_model=Page[Card], responses=NOT_MODIFIED)
async def new_titles(
    request: Request,
    who: auth.Profile,
    use: Use,
    limit: Limit = 20,
    cursor: Cursor = None,
    spoken: AcceptLanguage = "",
) -> Response:
    """List what was published last."""
    return await answer(
        request, who, lambda: use.titles(who, spoken, Filters(), sort="newest", limit=limit, cursor=cursor)
    )


@router.get("/titles/trending", response_model=Cards, responses=NOT_MODIFIED)
async def trending_titles(
    request: Request, who: auth.Profile, use: Use, limit: Limit = 20, spoken: AcceptLanguage = ""
) -> Response:
    """List what is watched most.

    In the last seven days, the last two of them above all: in the viewer's country first, then in the world.
    """
    return await answer(request, who, lambda: use.trending(who, spoken, limit))


@router.get("/titles/top-rated", response_model=Cards, responses=NOT_MODIFIED)
async def top_rated_titles(
    request: Request, who: auth.Profile, use: Use, limit: Limit = 20, spoken: AcceptLanguage = ""
) -> Response:
    """List the best rated titles.

    Among those with at least five ratings.
    """
    return await answer(request, who, lambda: use.top_rated(who, spoken, limit))


@router.get("/titles/cards", response_model=Cards, responses=NOT_MODIFIED | raises(TooManyIds, BadId))
async def title_cards(request: Request, who: auth.Profile, use: Use, ids: Ids, spoken: AcceptLanguage = "") -> Response:
    """Read the cards of several titles.

    In the order asked for; what this profile may not see is left out.
    """
    return await answer(request, who, lambda: use.cards(who, spoken, ids_of(ids)))


@router.get("/titles/{title_id}", response_model=TitleDetails, responses=NOT_HERE)
async def get_title(
    request: Request, who: auth.Profile, use: Use, title_id: TitleId, spoken: AcceptLanguage = ""
) -> Response:
    """Read a title."""
    return await answer(request, who, lambda: use.details(who, spoken, title_id), rates=title_id)


@router.get("/titles/{title_id}/seasons", response_model=Seasons, responses=NOT_HERE)
async def title_seasons(
    request: Request, who: auth.Profile, use: Use, title_id: TitleId, spoken: AcceptLanguage = ""
) -> Response:
    """List the seasons of a series that have episodes to watch."""
    return tagged(request, await use.seasons(who, spoken, title_id))


@router.get(
    "/titles/{title_id}/seasons/{number}/episodes",
    response_model=Episodes,
    responses=NOT_MODIFIED | raises(TitleNotFound, SeasonNotHere),
)
async def season_episodes(
    request: Request, who: auth.Profile, use: Use, title_id: TitleId, number: SeasonNumber, spoken: AcceptLanguage = ""
) -> Response:
    """List the episodes of a season that can be played."""
    return tagged(request, await use.episodes(who, spoken, title_id, number))


@router.get("/titles/{title_id}/similar", response_model=Cards, responses=NOT_HERE)
async def similar_titles(
    request: Request,
    who: auth.Profile,
    use: Use,
    title_id: TitleId,
    limit: Limit = 12,
    spoken: AcceptLanguage = "",
) -> Response:
    """List titles like this one, the closest first.

    They share directors, genres, cast or tags.
    """
    return await answer(request, who, lambda: use.similar(who, spoken, title_id, limit))


@router.get("/genres", response_model=Genres, responses=NOT_MODIFIED)
async def list_genres(request: Request, who: auth.Profile, use: Use) -> Response:
    """List the genres that have something to watch."""
    return tagged(request, await use.genres(who))


@router.put("/titles/{title_id}/rating", responses=raises(TitleNotFound))
async def rate_title(who: auth.Profile, use: Use, title_id: TitleId, body: RatingBody) -> Rated:
    """Rate a title.

    A profile has one rating for each title, the last one counts.
    """
    return await use.rate(who, title_id, body.stars)


@router.delete("/titles/{title_id}/rating", responses=raises(TitleNotFound))
async def unrate_title(who: auth.Profile, use: Use, title_id: TitleId) -> Rated:
    """Take my rating of a title back."""
    return await use.rate(who, title_id, None)
