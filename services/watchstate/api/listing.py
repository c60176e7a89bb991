"""My List."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.chassis import auth
from libs.chassis.id_lists import Ids, ids_of
from libs.chassis.pages import Cursor, Limit, Page
from services.watchstate.schemas import ListItem, ListOrder, NewListItem, TitleIds
from services.watchstate.service.listing import Listing

router = APIRouter(prefix="/api/v1/me/list", tags=["my list"])


def _listing(request: Request) -> Listing:
    return request.app.state.listing  # type: ignore[no-any-return]


Use = Annotated[Listing, Depends(_listing)]


@router.get("")
async def get_list(who: auth.Profile, use: Use, limit: Limit = 100, cursor: Cursor = None) -> Page[ListItem]:
    """My List in its order; what I may not see at the moment is left out."""
    return await use.items(who, limit, cursor)


@router.post("", status_code=201)
async def add_to_list(who: auth.Profile, use: Use, body: NewListItem) -> ListItem:
    """Put a title at the top of my list; 409 `already_in_list` if it is in it."""
    return await use.add(who, body.title_id)


@router.delete("", status_code=204)
async def clear_list(who: auth.Profile, use: Use) -> None:
    """Empty my list."""
    await use.clear(who)


@router.put("/order")
async def order_list(who: auth.Profile, use: Use, body: ListOrder) -> TitleIds:
    """Put my list in this order; titles not named follow in the order they had. Returns the whole order."""
    return await use.reorder(who, body.title_ids)


@router.get("/contains")
async def list_contains(who: auth.Profile, use: Use, title_ids: Ids) -> TitleIds:
    """Those of these titles that are in my list."""
    return await use.contained(who, ids_of(title_ids))


@router.delete("/{title_id}", status_code=204)
async def remove_from_list(who: auth.Profile, use: Use, title_id: UUID) -> None:
    """Take a title out of my list; fine if it is not in it."""
    await use.remove(who, title_id)
