"""Search, and suggestions while somebody types."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.chassis import text
from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.search.api.filters import (
    Genre,
    GoesOn,
    Language,
    Limit,
    MinRating,
    PageNumber,
    Type,
    YearFrom,
    YearTo,
)
from services.search.engine.matching import Filters
from services.search.schemas.mine import Click, Trending
from services.search.schemas.results import SearchResults, Suggestions
from services.search.service.indexes import IndexNotReady
from services.search.service.searching import PageTooFar, QueryNotFound, SearchBusy, Searching, YearsBackwards

router = APIRouter(prefix="/api/v1/search", tags=["Search"])


def _searching(request: Request) -> Searching:
    return request.app.state.searching  # type: ignore[no-any-return]


def _json(answer: bytes) -> Response:
    """What the search has written out already, in its own thread."""
    return Response(answer, media_type="application/json")


Use = Annotated[Searching, Depends(_searching)]
Sort = Annotated[
    Literal["relevance", "newest", "oldest", "rating", "popular"],
    Query(description="`newest` and `oldest` by year. Without `q`, `relevance` is `popular`."),
]
Words = Annotated[
    Annotated[str, text.query(200)],
    Query(description="What to search for. Empty: everything.", examples=["ninth flash"]),
]
Typed = Annotated[Annotated[str, text.query(200)], Query(description="What has been typed so far.", examples=["nin"])]


@router.get("", response_model=SearchResults, responses=raises(IndexNotReady, SearchBusy, PageTooFar, YearsBackwards))
async def search(
    who: auth.Profile,
    use: Use,
    q: Words = "",
    genre: Genre = None,
    year: YearFrom = None,
    year_to: YearTo = None,
    type: Type = None,
    min_rating: MinRating = None,
    language: Language = None,
    sort: Sort = "relevance",
    page: PageNumber = 1,
    limit: Limit = 20,
    query_id: GoesOn = None,
) -> Response:
    """Search titles.

    By name, people, genre, country, language, year and plot, and by what is nearly one of them. Only what this profile may
    see is found, counted and named.
    """
    filters = Filters(genre, year, year_to, type, min_rating, language)
    return _json(await use.search(who, q, filters, sort=sort, page=page, limit=limit, goes_on=query_id))


@router.get("/suggest", response_model=Suggestions, responses=raises(IndexNotReady, SearchBusy))
async def suggest(who: auth.Profile, use: Use, q: Typed) -> Response:
    """Suggest titles while somebody types."""
    return _json(await use.suggest(who, q))


@router.get("/trending", responses=raises(IndexNotReady, SearchBusy))
async def trending_searches(who: auth.Profile, use: Use) -> Trending:
    """List what is searched for most."""
    return await use.trending(who)


@router.post("/clicks", status_code=204, responses=raises(QueryNotFound, IndexNotReady, SearchBusy))
async def report_click(who: auth.Profile, use: Use, body: Click) -> None:
    """Report which title of an answer was opened.

    Of suggestions with the `text` that was typed. It makes later answers better, and is kept without a name.
    """
    await use.clicked(who, body)
