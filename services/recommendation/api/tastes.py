"""What the profile likes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.recommendation.api.choices import TitleId
from services.recommendation.schemas.tastes import KnownTaste, Opinion, Said
from services.recommendation.service.choosing import NoSuchTitle
from services.recommendation.service.shelf import NotReady
from services.recommendation.service.tasting import Tasting

router = APIRouter(prefix="/api/v1/me/taste", tags=["Recommendations"], responses=raises(NotReady))


def _tasting(request: Request) -> Tasting:
    return request.app.state.tasting  # type: ignore[no-any-return]


Use = Annotated[Tasting, Depends(_tasting)]


@router.get("")
async def read_taste(who: auth.Profile, use: Use) -> KnownTaste:
    """Read what is known of this profile's taste."""
    return await use.known(who)


@router.delete("", status_code=204)
async def reset_taste(who: auth.Profile, use: Use) -> None:
    """Forget this profile's taste.

    Nothing from before decides any more what it is shown. History, list and ratings stay where they are.
    """
    await use.reset(who)


@router.put("/titles/{title_id}", responses=raises(NoSuchTitle))
async def say_of_title(who: auth.Profile, use: Use, title_id: TitleId, body: Opinion) -> Said:
    """Say whether a title is liked.

    It counts from the next page on. A title that is not wanted is not recommended any more, nor much that is like it.
    """
    return await use.say(who, title_id, body.verdict)


@router.delete("/titles/{title_id}", status_code=204)
async def take_back_of_title(who: auth.Profile, use: Use, title_id: TitleId) -> None:
    """Take back what was said of a title.

    It is no error if nothing was.
    """
    await use.take_back(who, title_id)
