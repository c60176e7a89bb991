"""Assets and their jobs, for staff."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from libs.chassis import auth
from libs.chassis.pages import Cursor, Limit, Page, decode_cursor, encode_cursor
from libs.chassis.tokens import Principal
from pipelines.transcode.assets import AssetService
from pipelines.transcode.schemas import AssetBody, Status

router = APIRouter(prefix="/api/v1/admin/assets", tags=["transcode"])
Editor = Annotated[Principal, auth.staff("content_manager")]


def _service(request: Request) -> AssetService:
    service: AssetService = request.app.state.assets
    return service


@router.get("")
async def list_assets(
    request: Request,
    who: Editor,
    playable_id: UUID | None = None,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[AssetBody]:
    """Return assets, newest first."""
    before: UUID | None = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await _service(request).page(playable_id, status, before, limit + 1)
    more = encode_cursor(found[limit - 1].id) if len(found) > limit else None
    return Page[AssetBody](items=[AssetBody.of(asset) for asset in found[:limit]], next_cursor=more)


@router.get("/{asset_id}")
async def get_asset(request: Request, asset_id: UUID, who: Editor) -> AssetBody:
    """Return an asset with the progress of its job."""
    return AssetBody.of(await _service(request).get(asset_id))


@router.post("/{asset_id}/cancel")
async def cancel_asset(request: Request, asset_id: UUID, who: Editor) -> AssetBody:
    """End a job that has not finished; the asset is then failed with the code `cancelled`."""
    return AssetBody.of(await _service(request).cancel(asset_id))


@router.post("/{asset_id}/retry")
async def retry_asset(request: Request, asset_id: UUID, who: Editor) -> AssetBody:
    """Queue a failed job again."""
    return AssetBody.of(await _service(request).retry(asset_id))
