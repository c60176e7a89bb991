"""HTTP bodies of uploads and assets."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from libs.contracts.media import Rendition, Track
from pipelines.transcode.repository.assets import Asset
from pipelines.transcode.repository.uploads import Upload

Status = Literal["queued", "probing", "encoding", "packaging", "checking", "ready", "failed"]


class UploadBody(BaseModel):
    """An upload; `length` and `offset` in bytes, `asset_id` once it is complete. A part of a film may have no playable."""

    id: UUID
    playable_id: UUID | None
    filename: str
    length: int
    offset: int
    asset_id: UUID | None
    created_at: datetime

    @classmethod
    def of(cls, upload: Upload) -> UploadBody:
        """Return the body of an upload."""
        return cls(
            id=upload.id,
            playable_id=upload.playable_id,
            filename=upload.filename,
            length=upload.length,
            offset=upload.received,
            asset_id=upload.asset_id,
            created_at=upload.created_at,
        )


class AssetError(BaseModel):
    """Why an asset failed; `code` is stable."""

    code: str
    detail: str


class AssetBody(BaseModel):
    """An asset and its job; `progress` from 0 to 1, `duration` in seconds, paths are object keys below `media/`."""

    id: UUID
    playable_id: UUID
    upload_id: UUID
    filename: str
    status: Status
    progress: float
    attempt: int
    duration: float | None
    renditions: list[Rendition]
    tracks: list[Track]
    hls: str | None
    dash: str | None
    thumbnails: str | None
    error: AssetError | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None

    @classmethod
    def of(cls, asset: Asset) -> AssetBody:
        """Return the body of an asset."""
        values = {name: value for name, value in vars(asset).items() if name in cls.model_fields}
        failed = asset.error_code is not None
        error = AssetError(code=asset.error_code or "", detail=asset.error_detail or "") if failed else None
        return cls(**{**values, "progress": round(asset.progress, 4), "error": error})
