"""Events of the transcoding pipeline: an asset on its way, ready, or failed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.contracts.envelope import Event, Nested, Topic

ASSETS = Topic("media.assets", "asset", "transcoding progress, readiness, failure", compacted=True)


class Rendition(Nested):
    """One video rung: `height` and `width` in pixels, `bitrate` the peak in bit/s, `fps` pictures a second, `vmaf` 0 to 100.

    `range` is "SDR", "PQ" (HDR10) or "HLG", as HLS says it; empty where the version that encoded it did not tell.
    """

    height: int
    width: int
    codec: str
    bitrate: int
    fps: float = 0
    vmaf: float | None = None
    range: str = ""


class Track(Nested):
    """An audio or caption track; `channels` is how many loudspeakers it is mixed for, `codec` an RFC 6381 string.

    `role` is "main", "commentary", "description", "sdh" or "forced"; the `default` sound is played where nobody chose.
    """

    kind: str
    language: str
    codec: str = ""
    label: str = ""
    channels: int | None = None
    role: str = "main"
    default: bool = False


class LeftOut(Nested):
    """A track of the file that the film is published without; `number` counts those of its kind from 0."""

    kind: str
    number: int
    language: str
    reason: str


class AssetProgress(Event):
    """Where the job stands; `progress` from 0 to 1."""

    TYPE: ClassVar[str] = "bijou.media.asset.progress.v1"
    TOPIC: ClassVar[Topic] = ASSETS

    asset_id: UUID
    playable_id: UUID
    version: int
    status: str
    progress: float

    def key(self) -> str:
        return str(self.asset_id)


class AssetReady(Event):
    """A checked, published asset. Paths are object keys below `media/`, so `hls` is `<asset_id>/<run>/master.m3u8`."""

    TYPE: ClassVar[str] = "bijou.media.asset.ready.v1"
    TOPIC: ClassVar[Topic] = ASSETS

    asset_id: UUID
    playable_id: UUID
    version: int
    duration: float
    hls: str
    dash: str
    thumbnails: str | None = None
    renditions: tuple[Rendition, ...]
    tracks: tuple[Track, ...] = ()
    uploaded_at: datetime
    ready_at: datetime

    def key(self) -> str:
        return str(self.asset_id)


class AssetFailed(Event):
    """The job ended without an asset; `code` is stable, `detail` a sentence for the person who uploaded it."""

    TYPE: ClassVar[str] = "bijou.media.asset.failed.v1"
    TOPIC: ClassVar[Topic] = ASSETS

    asset_id: UUID
    playable_id: UUID
    version: int
    code: str
    detail: str

    def key(self) -> str:
        return str(self.asset_id)
