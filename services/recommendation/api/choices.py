"""What is recommended."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit
from libs.chassis.security import auth
from services.recommendation.engine.pictures import Way
from services.recommendation.schemas.choices import FILM, HomeRows, Similar, Starters, Why
from services.recommendation.service.choosing import Choosing, NoSuchTitle
from services.recommendation.service.shelf import NotReady

router = APIRouter(prefix="/api/v1/recommendations", tags=["Recommendations"], responses=raises(NotReady))
TitleId = Annotated[UUID, Path(description="A title, from any list.", examples=[FILM])]

PictureWay = Annotated[
    Way | None,
    Query(
        description="How posters are chosen of titles that have several: `explore` draws any, `chosen` by what was learned."
    ),
]


def _choosing(request: Request) -> Choosing:
    return request.app.state.choosing  # type: ignore[no-any-return]


Use = Annotated[Choosing, Depends(_choosing)]


@router.get("/home")
async def recommended_rows(who: auth.Profile, use: Use, pictures: PictureWay = None) -> HomeRows:
    """Read the recommended rows of the first page, as titles.

    `GET /home` has them with everything else, and with cards.
    """
    return await use.home(who, pictures)


@router.get("/starters")
async def recommended_starters(who: auth.Profile, use: Use) -> Starters:
    """List well-known titles of many kinds to pick from.

    For a profile of which nothing is known yet. What it picks is said with `PUT /me/taste/titles/{title_id}`.
    """
    return await use.starters(who)


@router.get("/titles/{title_id}/similar", responses=raises(NoSuchTitle))
async def recommended_similar(who: auth.Profile, use: Use, title_id: TitleId, limit: Limit = 12) -> Similar:
    """List titles like one.

    By who watches both, where that is known, and by what they are about.
    """
    return await use.similar(who, title_id, limit)


@router.get("/titles/{title_id}/why", responses=raises(NoSuchTitle))
async def why_recommended(who: auth.Profile, use: Use, title_id: TitleId) -> Why:
    """Explain why a title is shown to this profile."""
    return await use.why(who, title_id)
