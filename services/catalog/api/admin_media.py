"""What editors do with artwork, playables and their assets."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.versions import IfMatch, version_of
from libs.chassis.object_store import StoreAway
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.api import presenters
from services.catalog.api.admin_titles import MOVED_ON, STALE
from services.catalog.images import BrokenImage, ImageTooLarge, NotAnImage, TooManyPixels
from services.catalog.schemas.admin_media import Assets, ImageDetails, PlayableDetails
from services.catalog.schemas.admin_requests import PlayablePatch, Pointer
from services.catalog.schemas.fields import EPISODE, FILM, PLAYABLE, ArtworkKind, Language
from services.catalog.service.artwork import ArtworkUploads
from services.catalog.service.assets import AssetNotFound, AssetNotReady, AssetPointers
from services.catalog.service.titles import EpisodeNotFound, MarkersOutOfOrder, PlayableNotFound, TitleEditing
from services.catalog.service.unit_of_work import TitleNotFound

router = APIRouter(prefix="/api/v1/admin", tags=["Staff: titles"])
Editor = Annotated[Principal, auth.staff("content_manager")]
TitleId = Annotated[UUID, Path(description="A title, in whatever status.", examples=[FILM])]
EpisodeId = Annotated[UUID, Path(description="An episode of a series.", examples=[EPISODE])]
PlayableId = Annotated[UUID, Path(description="What is played: of a film or of an episode.", examples=[PLAYABLE])]
Kind = Annotated[ArtworkKind, Path(description="Which of its pictures.")]
PICTURE = (ImageTooLarge, TooManyPixels, NotAnImage, BrokenImage, StoreAway)
BYTES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    }
}


def _title_editing(request: Request) -> TitleEditing:
    return request.app.state.title_editing  # type: ignore[no-any-return]


def _artwork_uploads(request: Request) -> ArtworkUploads:
    return request.app.state.artwork_uploads  # type: ignore[no-any-return]


def _asset_pointers(request: Request) -> AssetPointers:
    return request.app.state.asset_pointers  # type: ignore[no-any-return]


@router.put(
    "/titles/{title_id}/artwork/{kind}",
    openapi_extra=BYTES,
    responses=raises(TitleNotFound, *STALE, *PICTURE, bodies=MOVED_ON),
)
async def put_artwork(
    request: Request,
    who: Editor,
    use: Annotated[ArtworkUploads, Depends(_artwork_uploads)],
    title_id: TitleId,
    kind: Kind,
    language: Annotated[
        Language | None, Query(description="For viewers of this language alone.", examples=["de"])
    ] = None,
    if_match: IfMatch = None,
) -> ImageDetails:
    """Give a title a picture.

    The body is the bytes of a JPEG, PNG or WebP, up to 10 MB and 40 million pixels; it is kept in several widths. With
    `If-Match` only where the title is at that version.
    """
    expect = version_of(if_match)
    return await use.put_artwork(title_id, kind, request.stream(), who.account_id, language, expect)


@router.put(
    "/episodes/{episode_id}/still",
    openapi_extra=BYTES,
    responses=raises(EpisodeNotFound, *STALE, *PICTURE, bodies=MOVED_ON),
)
async def put_still(
    request: Request,
    who: Editor,
    use: Annotated[ArtworkUploads, Depends(_artwork_uploads)],
    episode_id: EpisodeId,
    if_match: IfMatch = None,
) -> ImageDetails:
    """Give an episode its still.

    The body is the bytes of a JPEG, PNG or WebP, up to 10 MB and 40 million pixels; it is kept in several widths. With
    `If-Match` only where the title is at that version.
    """
    return await use.put_still(episode_id, request.stream(), who.account_id, version_of(if_match))


@router.get("/playables/{playable_id}/assets", responses=raises(PlayableNotFound))
async def playable_assets(
    who: Editor, use: Annotated[AssetPointers, Depends(_asset_pointers)], playable_id: PlayableId
) -> Assets:
    """List the encoded versions of a playable.

    The newest upload first; failed ones say why.
    """
    return presenters.assets(*await use.assets(playable_id))


@router.put(
    "/playables/{playable_id}/asset",
    responses=raises(PlayableNotFound, AssetNotFound, AssetNotReady, *STALE, bodies=MOVED_ON),
)
async def point_playable(
    who: Editor,
    use: Annotated[AssetPointers, Depends(_asset_pointers)],
    playable_id: PlayableId,
    body: Pointer,
    if_match: IfMatch = None,
) -> Assets:
    """Choose the version that viewers get.

    From now on; an older one is a rollback. With `If-Match` only where the title is at that version.
    """
    return presenters.assets(*await use.point(playable_id, body.asset_id, who.account_id, version_of(if_match)))


@router.patch(
    "/playables/{playable_id}", responses=raises(PlayableNotFound, MarkersOutOfOrder, *STALE, bodies=MOVED_ON)
)
async def change_playable(
    who: Editor,
    use: Annotated[TitleEditing, Depends(_title_editing)],
    playable_id: PlayableId,
    body: PlayablePatch,
    if_match: IfMatch = None,
) -> PlayableDetails:
    """Set where the intro and the credits are.

    With `If-Match` only where the title is at that version.
    """
    whole = await use.change_playable(playable_id, body, who.account_id, version_of(if_match))
    return presenters.playable(whole, whole.playables[playable_id])
