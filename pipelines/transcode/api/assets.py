"""Assets and their jobs, for staff."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from libs.chassis.security import auth
from libs.contracts.token import Principal
from pipelines.transcode.schemas import ASSET, PLAYABLE, AssetBody, Status
from pipelines.transcode.service.assets import AssetEnded, AssetNotFailed, AssetNotFound, AssetService

router = APIRouter(prefix="/api/v1/admin/assets", tags=["Staff: films"])
Editor = Annotated[Principal, auth.staff("content_manager")]
AssetId = Annotated[UUID, Path(description="One encoding of a film or an episode.", examples=[ASSET])]


def _service(request: Request) -> AssetService:
    service: AssetService = request.app.state.assets
    return service


@router.get("")
async def list_assets(
    request: Request,
    who: Editor,
    playable_id: Annotated[UUID | None, Query(description="Only of this playable.", examples=[PLAYABLE])] = None,
    status: Annotated[Status | None, Query(description="Only in this status.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[AssetBody]:
    """List assets, the newest first."""
    before: UUID | None = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await _service(request).page(playable_id, status, before, limit + 1)
    more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return Page[AssetBody](items=[AssetBody.of(asset) for asset in found[:limit]], next_cursor=more)


@router.get("/{asset_id}", responses=raises(AssetNotFound))
async def get_asset(request: Request, asset_id: AssetId, who: Editor) -> AssetBody:
    """Read an asset with the progress of its job."""
    return AssetBody.of(await _service(request).get(asset_id))


@router.post("/{asset_id}/cancel", responses=raises(AssetNotFound, AssetEnded))
async def cancel_asset(request: Request, asset_id: AssetId, who: Editor) -> AssetBody:
    """Cancel a job that has not finished.

    The asset is then failed, with `cancelled` as its error's code.
    """
    return AssetBody.of(await _service(request).cancel(asset_id))


@router.post("/{asset_id}/retry", responses=raises(AssetNotFound, AssetNotFailed))
async def retry_asset(request: Request, asset_id: AssetId, who: Editor) -> AssetBody:
    """Try a failed job again."""
    return AssetBody.of(await _service(request).retry(asset_id))
