"""My List."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.id_lists import BadId, Ids, TooManyIds, ids_of
from libs.chassis.http.pagination import Cursor, Limit, Page
from libs.chassis.security import auth
from services.watchstate.schemas import FILM, ListItem, ListOrder, NewListItem, TitleIds
from services.watchstate.service.kept import TitleNotFound
from services.watchstate.service.my_list import AlreadyInList, ListFull, MyList

router = APIRouter(prefix="/api/v1/me/list", tags=["My List"])


def _my_list(request: Request) -> MyList:
    return request.app.state.my_list  # type: ignore[no-any-return]


Use = Annotated[MyList, Depends(_my_list)]
TitleId = Annotated[UUID, Path(description="A title in the list.", examples=[FILM])]


@router.get("")
async def get_list(who: auth.Profile, use: Use, limit: Limit = 100, cursor: Cursor = None) -> Page[ListItem]:
    """Read My List in its order.

    What this profile may not see at the moment is left out.
    """
    return await use.items(who, limit, cursor)


@router.post("", status_code=201, responses=raises(AlreadyInList, ListFull, TitleNotFound))
async def add_to_list(who: auth.Profile, use: Use, body: NewListItem) -> ListItem:
    """Put a title at the top of My List."""
    return await use.add(who, body.title_id)


@router.delete("", status_code=204)
async def clear_list(who: auth.Profile, use: Use) -> None:
    """Empty My List."""
    await use.clear(who)


@router.put("/order")
async def order_list(who: auth.Profile, use: Use, body: ListOrder) -> TitleIds:
    """Put My List in an order.

    Titles that are not named follow in the order they had. The answer is the whole order.
    """
    return await use.reorder(who, body.title_ids)


@router.get("/contains", responses=raises(TooManyIds, BadId))
async def list_contains(who: auth.Profile, use: Use, title_ids: Ids) -> TitleIds:
    """Tell which of these titles are in My List."""
    return await use.contained(who, ids_of(title_ids))


# Only what can be an id: `order` and `contains` are names, and would be refused as bad ids.
@router.delete("/{title_id:uuid}", status_code=204)
async def remove_from_list(who: auth.Profile, use: Use, title_id: TitleId) -> None:
    """Take a title out of My List.

    It is no error if it is not in it.
    """
    await use.remove(who, title_id)
