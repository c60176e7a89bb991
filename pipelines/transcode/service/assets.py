"""Use cases of assets: look, cancel, try again."""

from __future__ import annotations

from uuid import UUID

from libs.chassis.problems import Conflict, NotFound
from pipelines.transcode.media.source import REASONS
from pipelines.transcode.repository.assets import Asset, Assets


class AssetNotFound(NotFound):
    """There is no such asset."""

    code = "asset_not_found"


class AssetEnded(Conflict):
    """This asset is already finished, so there is nothing to cancel."""

    code = "asset_ended"


class AssetNotFailed(Conflict):
    """Only a failed asset can be tried again."""

    code = "asset_not_failed"


class AssetService:
    """What staff do with assets."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets

    async def get(self, asset_id: UUID) -> Asset:
        """Return an asset."""
        asset = await self._assets.get(asset_id)
        if asset is None:
            raise AssetNotFound
        return asset

    async def page(self, playable_id: UUID | None, status: str | None, before: UUID | None, limit: int) -> list[Asset]:
        """Return up to `limit` assets older than `before`, newest first."""
        return list(await self._assets.page(playable_id, status, before, limit))

    async def cancel(self, asset_id: UUID) -> Asset:
        """End a job; its worker stops within about a second."""
        await self.get(asset_id)
        if not await self._assets.fail(asset_id, "cancelled", REASONS["cancelled"]):
            raise AssetEnded
        return await self.get(asset_id)

    async def retry(self, asset_id: UUID) -> Asset:
        """Queue a failed job again; finished chunks are reused."""
        await self.get(asset_id)
        if not await self._assets.retry(asset_id):
            raise AssetNotFailed
        return await self.get(asset_id)
