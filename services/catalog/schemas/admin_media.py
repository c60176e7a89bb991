"""What editors read of films, trailers and pictures. Durations and markers in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example
from libs.chassis.http.units import Pixels
from libs.chassis.http.units import Seconds as Duration
from services.catalog.schemas.fields import (
    ASSET,
    FILM,
    PLAYABLE,
    POSTER,
    TRAILER,
    TRAILER_PLAYABLE,
    NameTexts,
    TrailerKind,
)


class AssetItem(BaseModel):
    """An encoded version of a playable; `current` is the one viewers get. `held_back` says why a newer one is not."""

    model_config = example(
        asset_id=ASSET,
        status="ready",
        current=True,
        duration=6240.4,
        renditions=[{"height": 1080, "width": 1920, "codec": "avc1.640028", "bitrate": 4800000}],
        tracks=[{"kind": "audio", "language": "en", "codec": "mp4a.40.2", "label": "English", "channels": 2}],
        uploaded_at="2026-11-19T15:12:40Z",
        ready_at="2026-11-19T16:03:09Z",
    )

    asset_id: UUID
    status: str
    current: bool
    duration: Duration | None
    renditions: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    error: dict[str, str] | None
    held_back: dict[str, str] | None
    uploaded_at: datetime | None
    ready_at: datetime | None


class Assets(BaseModel):
    """A playable's assets, the newest upload first."""

    items: list[AssetItem]


class PlayableDetails(BaseModel):
    """A playable as editors see it."""

    model_config = example(
        id=PLAYABLE,
        title_id=FILM,
        asset_id=ASSET,
        ready=True,
        duration=6240.4,
        credits_start=6012,
    )

    id: UUID
    title_id: UUID
    asset_id: UUID | None
    ready: bool
    duration: Duration | None
    intro_start: Duration | None
    intro_end: Duration | None
    credits_start: Duration | None


class ImageDetails(BaseModel):
    """A picture after it was taken in."""

    model_config = example(
        kind="poster",
        url=f"{POSTER}-480.webp",
        srcset=f"{POSTER}-240.webp 240w, {POSTER}-480.webp 480w",
        width=1600,
        height=2400,
        color="#1d2a35",
        blurhash="LGF5]+Yk^6#M@-5c,1J5@[or[Q6.",
    )

    kind: str
    url: str
    srcset: str
    width: Pixels
    height: Pixels
    color: str
    blurhash: str | None = Field(description="The picture, blurred, to show until it has loaded (https://blurha.sh).")


class AdminTrailer(BaseModel):
    """A trailer or another extra; its film is uploaded for `playable_id`. Viewers see it once it is `ready`."""

    model_config = example(
        id=TRAILER,
        playable_id=TRAILER_PLAYABLE,
        kind="trailer",
        name="Trailer",
        language="en",
        texts={},
        asset_id=ASSET,
        ready=True,
        duration=18.2,
    )

    id: UUID
    playable_id: UUID
    kind: TrailerKind
    name: str
    texts: NameTexts
    language: str
    asset_id: UUID | None
    ready: bool
    duration: Duration | None


class AdminTrailers(BaseModel):
    """A title's trailers, in the order viewers are offered them."""

    items: list[AdminTrailer]


class LocalImage(ImageDetails):
    """A picture for a language."""

    model_config = example(
        language="de",
        kind="poster",
        url=f"{POSTER}-480.webp",
        srcset=f"{POSTER}-240.webp 240w, {POSTER}-480.webp 480w",
        width=1600,
        height=2400,
        color="#1d2a35",
        blurhash="LGF5]+Yk^6#M@-5c,1J5@[or[Q6.",
    )

    language: str
