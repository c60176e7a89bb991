"""What editors do with trailers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.versions import IfMatch, version_of
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api import presenters
from services.catalog.api.admin_titles import MOVED_ON, STALE
from services.catalog.repository.titles import Whole
from services.catalog.schemas.admin_media import AdminTrailer, AdminTrailers
from services.catalog.schemas.admin_requests import NewTrailer, TrailerOrder, TrailerPatch
from services.catalog.schemas.fields import FILM, TRAILER
from services.catalog.service.trailers import TooManyTrailers, TrailerEditing, TrailerNotFound
from services.catalog.service.unit_of_work import TitleNotFound

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _trailer_editing(request: Request) -> TrailerEditing:
    return request.app.state.trailer_editing  # type: ignore[no-any-return]


Use = Annotated[TrailerEditing, Depends(_trailer_editing)]
TitleId = Annotated[UUID, Path(description="A title, in whatever status.", examples=[FILM])]
TrailerId = Annotated[UUID, Path(description="A trailer of a title.", examples=[TRAILER])]


def _all(whole: Whole) -> AdminTrailers:
    return AdminTrailers(items=[presenters.trailer(whole, item) for item in whole.trailers])


@router.get("/titles/{title_id}/trailers", responses=raises(TitleNotFound))
async def list_trailers(who: Editor, use: Use, title_id: TitleId) -> AdminTrailers:
    """List a title's trailers, ready or not."""
    return _all(await use.read(title_id))


@router.post(
    "/titles/{title_id}/trailers",
    status_code=201,
    responses=raises(TitleNotFound, TooManyTrailers, *STALE, bodies=MOVED_ON),
)
async def create_trailer(
    who: Editor, use: Use, title_id: TitleId, body: NewTrailer, if_match: IfMatch = None
) -> AdminTrailer:
    """Add a trailer to a title.

    Its film is then uploaded for its `playable_id`, as that of a title is. A title has up to ten. With `If-Match` only where the
    title is at that version.
    """
    return presenters.trailer(*await use.add(title_id, body, who.account_id, version_of(if_match)))


@router.put(
    "/titles/{title_id}/trailers/order", responses=raises(TitleNotFound, TrailerNotFound, *STALE, bodies=MOVED_ON)
)
async def order_trailers(
    who: Editor, use: Use, title_id: TitleId, body: TrailerOrder, if_match: IfMatch = None
) -> AdminTrailers:
    """Put a title's trailers in an order.

    The first is the one the home page plays. Trailers that are not named follow in the order they had.
    """
    return _all(await use.reorder(title_id, body.trailer_ids, who.account_id, version_of(if_match)))


@router.patch("/trailers/{trailer_id}", responses=raises(TrailerNotFound, *STALE, bodies=MOVED_ON))
async def change_trailer(
    who: Editor, use: Use, trailer_id: TrailerId, body: TrailerPatch, if_match: IfMatch = None
) -> AdminTrailer:
    """Change a trailer's kind, name or language.

    With `If-Match` only where its title is at that version.
    """
    return presenters.trailer(*await use.change(trailer_id, body, who.account_id, version_of(if_match)))


@router.delete("/trailers/{trailer_id}", status_code=204, responses=raises(TrailerNotFound, *STALE, bodies=MOVED_ON))
async def remove_trailer(who: Editor, use: Use, trailer_id: TrailerId, if_match: IfMatch = None) -> None:
    """Remove a trailer from its title."""
    await use.remove(trailer_id, who.account_id, version_of(if_match))
