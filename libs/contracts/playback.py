"""Events of playback: sessions, leases (stream slots) and progress."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from libs.contracts.envelope import Event, Personal, Topic

SESSIONS = Topic("playback.sessions", "account", "playback started, ended, failed")
LEASES = Topic("playback.leases", "account", "stream slots acquired, released, expired, revoked, denied")
PROGRESS = Topic("watch.progress", "profile", "position updates while playing")


class SessionStarted(Event):
    """A play was admitted. Of a `trailer` it is no view of its title."""

    TYPE: ClassVar[str] = "bijou.playback.session.started.v1"
    TOPIC: ClassVar[Topic] = SESSIONS

    session_id: UUID
    account_id: Annotated[UUID, Personal]
    profile_id: Annotated[UUID, Personal]
    device_id: Annotated[UUID | None, Personal] = None
    title_id: UUID
    playable_id: UUID
    asset_id: UUID
    position: float
    started_at: datetime
    trailer: bool = False

    def key(self) -> str:
        return str(self.account_id)


class SessionEnded(Event):
    """A play is over. `position` in seconds.

    `code` says it exactly: `reason`, `replaced`, or the code of the gate that closed (`plan_ended`, …).
    """

    TYPE: ClassVar[str] = "bijou.playback.session.ended.v1"
    TOPIC: ClassVar[Topic] = SESSIONS

    session_id: UUID
    account_id: Annotated[UUID, Personal]
    profile_id: Annotated[UUID, Personal]
    playable_id: UUID
    reason: Literal["stopped", "ended", "expired", "taken_over", "revoked"]
    code: str | None = None
    position: float
    ended_at: datetime
    trailer: bool = False

    def key(self) -> str:
        return str(self.account_id)


class LeaseChanged(Event):
    """A stream slot changed hands. `fencing` only ever grows within an account; `code` is that of `SessionEnded`."""

    TYPE: ClassVar[str] = "bijou.playback.lease.changed.v1"
    TOPIC: ClassVar[Topic] = LEASES

    account_id: Annotated[UUID, Personal]
    session_id: UUID | None = None
    fencing: int | None = None
    change: Literal["acquired", "released", "expired", "revoked", "denied"]
    code: str | None = None
    active: int
    limit: int
    at: datetime

    def key(self) -> str:
        return str(self.account_id)


class ProgressUpdated(Event):
    """Where a viewer is. `position` and `duration` in seconds; `seq` grows within the session.

    `state` `ended` means the player reached the end of the playable.
    """

    TYPE: ClassVar[str] = "bijou.playback.progress.updated.v1"
    TOPIC: ClassVar[Topic] = PROGRESS

    profile_id: Annotated[UUID, Personal]
    account_id: Annotated[UUID, Personal]
    session_id: UUID
    device_id: Annotated[UUID | None, Personal] = None
    title_id: UUID
    playable_id: UUID
    seq: int
    position: float
    duration: float
    state: Literal["playing", "paused", "buffering", "ended", "stopped"]
    occurred_at: datetime

    def key(self) -> str:
        return str(self.profile_id)
