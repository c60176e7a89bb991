"""Events of viewings: one closed record of every viewing, from playback, heartbeats and what the player told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from libs.contracts.envelope import Event, Personal, Topic

VIEWS = Topic("events.views", "profile", "one closed record of every viewing", hours=720)


class ViewClosed(Event):
    """A viewing is over, and this is what it was. A higher `revision` of the same `session_id` replaces a lower one.

    Count sessions, not events. Every field is defined, with its formula and an example, in docs/qoe.md. Seconds unless the name
    says otherwise; `mean_bitrate` in kbit/s. `told_by` says whether the player itself told the times, or heartbeats had to do.
    """

    TYPE: ClassVar[str] = "bijou.events.view.closed.v1"
    TOPIC: ClassVar[Topic] = VIEWS

    session_id: UUID
    revision: int
    account_id: Annotated[UUID, Personal]
    profile_id: Annotated[UUID, Personal]
    device_id: Annotated[UUID | None, Personal] = None
    title_id: UUID
    playable_id: UUID
    trailer: bool = False
    duration: float | None = None
    country: str | None = None
    started_at: datetime
    ended_at: datetime
    end_reason: str
    exit_reason: str
    told_by: Literal["player", "heartbeats"]
    startup_ms: int | None = None
    watched_wall: float
    watched_media: float
    rebuffer_count: int | None = None
    rebuffer_seconds: float | None = None
    rebuffer_ratio: float | None = None
    switches: int | None = None
    dropped_frames: int | None = None
    mean_height: float | None = None
    mean_bitrate: float | None = None
    error_code: str | None = None
    edge: str | None = None
    device_class: str | None = None
    app: str | None = None
    app_version: str | None = None
    recommendation_id: UUID | None = None
    impression_id: UUID | None = None
    experiments: dict[str, str] = {}
    closed_at: datetime

    def key(self) -> str:
        return str(self.profile_id)
