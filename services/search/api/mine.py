"""The profile's own searches."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.security import auth
from services.search.schemas.mine import Recents
from services.search.service.recents import RecentSearches

router = APIRouter(prefix="/api/v1/search/recent", tags=["Search"])


def _recents(request: Request) -> RecentSearches:
    return request.app.state.recents  # type: ignore[no-any-return]


Use = Annotated[RecentSearches, Depends(_recents)]
RecentId = Annotated[
    UUID, Path(description="A search from the list.", examples=["0199c4b9-2c70-7b1f-9d08-5e3a7c6f1b92"])
]


@router.get("")
async def recent_searches(who: auth.Profile, use: Use) -> Recents:
    """List what this profile searched for last."""
    return await use.items(who)


@router.delete("", status_code=204)
async def clear_recent_searches(who: auth.Profile, use: Use) -> None:
    """Forget what this profile searched for."""
    await use.clear(who)


@router.delete("/{recent_id}", status_code=204)
async def remove_recent_search(who: auth.Profile, use: Use, recent_id: RecentId) -> None:
    """Forget one search.

    It is no error if it is not in the list.
    """
    await use.remove(who, recent_id)
