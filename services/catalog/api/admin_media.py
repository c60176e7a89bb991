"""What editors do with artwork, playables and their assets."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.chassis import auth
from libs.chassis.tokens import Principal
from services.catalog.api import presenting
from services.catalog.schemas.admin import Assets, ImageDetails, PlayableDetails, PlayablePatch, Pointer
from services.catalog.schemas.fields import ArtworkKind
from services.catalog.service.arrivals import Pointers
from services.catalog.service.editing import Editing
from services.catalog.service.pictures import Pictures

router = APIRouter(prefix="/api/v1/admin", tags=["catalog admin"])
Editor = Annotated[Principal, auth.staff("content_manager")]
_BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    }
}


def _editing(request: Request) -> Editing:
    return request.app.state.editing  # type: ignore[no-any-return]


def _pictures(request: Request) -> Pictures:
    return request.app.state.pictures  # type: ignore[no-any-return]


def _pointers(request: Request) -> Pointers:
    return request.app.state.pointers  # type: ignore[no-any-return]


@router.put("/titles/{title_id}/artwork/{kind}", openapi_extra=_BYTES)
async def put_artwork(
    request: Request, who: Editor, use: Annotated[Pictures, Depends(_pictures)], title_id: UUID, kind: ArtworkKind
) -> ImageDetails:
    """Give a title a picture: the bytes of a JPEG, PNG or WebP, up to 10 MB and 40 million pixels."""
    return await use.put_artwork(title_id, kind, request.stream(), who.account_id)


@router.put("/episodes/{episode_id}/still", openapi_extra=_BYTES)
async def put_still(
    request: Request, who: Editor, use: Annotated[Pictures, Depends(_pictures)], episode_id: UUID
) -> ImageDetails:
    """Give an episode its still, as above."""
    return await use.put_still(episode_id, request.stream(), who.account_id)


@router.get("/playables/{playable_id}/assets")
async def playable_assets(who: Editor, use: Annotated[Pointers, Depends(_pointers)], playable_id: UUID) -> Assets:
    """Every encoded version of a playable, the newest upload first; failed ones say why."""
    return presenting.assets(*await use.assets(playable_id))


@router.put("/playables/{playable_id}/asset")
async def point_playable(
    who: Editor, use: Annotated[Pointers, Depends(_pointers)], playable_id: UUID, body: Pointer
) -> Assets:
    """Let viewers get this asset from now on; an older one is a rollback."""
    return presenting.assets(*await use.point(playable_id, body.asset_id, who.account_id))


@router.patch("/playables/{playable_id}")
async def change_playable(
    who: Editor, use: Annotated[Editing, Depends(_editing)], playable_id: UUID, body: PlayablePatch
) -> PlayableDetails:
    """Set where the intro and the credits are; null removes a marker."""
    whole = await use.change_playable(playable_id, body, who.account_id)
    return presenting.playable(whole, whole.playables[playable_id])
