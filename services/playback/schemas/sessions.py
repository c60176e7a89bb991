"""The streams that run."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from libs.chassis.http.examples import example
from libs.chassis.http.units import Seconds
from services.playback.schemas.fields import SESSION_BEFORE


class ActiveSession(BaseModel):
    """A stream that runs. To a profile with an age limit `title` and `position` are left empty."""

    model_config = example(
        session_id=SESSION_BEFORE,
        title="The Ninth Flash",
        device="Living room",
        profile="Iris",
        started_at="2026-11-26T20:16:40Z",
        position=905.5,
    )

    session_id: UUID
    title: str
    device: str
    profile: str
    started_at: datetime
    position: Seconds


class ActiveSessions(BaseModel):
    """Who holds the account's stream slots now, oldest first."""

    items: list[ActiveSession]
