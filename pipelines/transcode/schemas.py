"""HTTP bodies of uploads and assets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example
from libs.chassis.http.units import Bytes, Fraction, Seconds
from libs.contracts.media import LeftOut, Rendition, Track
from pipelines.transcode.repository.assets import Asset
from pipelines.transcode.repository.uploads import Upload

Status = Literal["queued", "probing", "encoding", "packaging", "checking", "ready", "failed"]

# Who the examples are about.
UPLOAD = "01993a04-6d1c-7f53-8b92-4e7a0c3d5f18"
ASSET = "01993a05-2f60-7e91-a7b3-c5d8e1f40962"
PLAYABLE = "01993a02-71b5-7a0b-8d4c-9e1f3a5b7c2e"


class UploadBody(BaseModel):
    """An upload; `length` and `offset` in bytes, `asset_id` once it is complete. A part of a film may have no playable."""

    model_config = example(
        id=UPLOAD,
        playable_id=PLAYABLE,
        filename="ninth-flash-master.mov",
        length=48_318_382_080,
        offset=1_073_741_824,
        created_at="2026-11-19T14:31:07Z",
    )

    id: UUID
    playable_id: UUID | None
    filename: str
    length: Bytes
    offset: Bytes
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

    model_config = example(code="no_video", detail="There is no picture in this file. Export it again and upload it.")

    code: str
    detail: str


class AssetBody(BaseModel):
    """An asset and its job; `progress` from 0 to 1, `duration` in seconds, paths are object keys below `media/`."""

    model_config = example(
        id=ASSET,
        playable_id=PLAYABLE,
        upload_id=UPLOAD,
        filename="ninth-flash-master.mov",
        status="encoding",
        progress=0.4213,
        attempt=1,
        duration=6240.4,
        renditions=[
            {
                "height": 1080,
                "width": 1920,
                "codec": "avc1.640028",
                "bitrate": 4800000,
                "fps": 24,
                "vmaf": 95.2,
                "range": "SDR",
            }
        ],
        tracks=[{"kind": "audio", "language": "en", "codec": "mp4a.40.2", "label": "English", "channels": 2}],
        left_out=[
            {"kind": "captions", "number": 1, "language": "ca", "reason": "it says nothing while the film lasts"},
        ],
        created_at="2026-11-19T15:12:40Z",
        updated_at="2026-11-19T15:38:02Z",
        release_at="2026-11-20T20:00:00Z",
    )

    id: UUID
    playable_id: UUID
    upload_id: UUID
    filename: str
    status: Status
    progress: Fraction
    attempt: Annotated[int, Field(description="Which attempt this is; the first is 1.")]
    duration: Seconds | None
    renditions: list[Rendition]
    tracks: list[Track]
    left_out: Annotated[
        list[LeftOut], Field(description="Tracks of the file that the film is published without, and why.")
    ]
    hls: str | None
    dash: str | None
    thumbnails: str | None
    error: AssetError | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None
    release_at: Annotated[
        datetime | None,
        Field(description="What the upload said: within a day of it the film is encoded before others."),
    ]

    @classmethod
    def of(cls, asset: Asset) -> AssetBody:
        """Return the body of an asset."""
        values = {name: value for name, value in vars(asset).items() if name in cls.model_fields}
        failed = asset.error_code is not None
        error = AssetError(code=asset.error_code or "", detail=asset.error_detail or "") if failed else None
        return cls(**{**values, "progress": round(asset.progress, 4), "error": error})
