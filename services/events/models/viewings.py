"""What is known of each viewing until nothing more can be heard of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Lifetime
from services.events.models.base import Base


class Viewing(Base):
    """What was heard of a viewing: start and end from playback, how it moved from heartbeats, the newest beacon of its player.

    `due_at` is when its record is to be closed, or closed again; null while there is nothing new to say. `first_beat_…` and
    `beat_…` are the first and the last heartbeat, `wall_ms` and `media` what all of them add up to. `duration` is how
    long what is watched is, by playback. `record` is what was published last, without its revision.
    """

    __tablename__ = "viewings"
    # Longer than the topics that it is put together from keep anything: what is replayed meets what is known.
    __lifetime__ = Lifetime("heard_at", timedelta(days=9))
    __table_args__ = (
        Index("ix_viewings_due_at", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_viewings_heard_at", "heard_at"),
        Index("ix_viewings_started_at", "started_at"),
        Index("ix_viewings_account_id", "account_id"),
        Index("ix_viewings_profile_id", "profile_id"),
    )

    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    heard_at: Mapped[datetime]
    account_id: Mapped[UUID | None]
    profile_id: Mapped[UUID | None]
    device_id: Mapped[UUID | None]
    title_id: Mapped[UUID | None]
    playable_id: Mapped[UUID | None]
    duration: Mapped[float | None]
    trailer: Mapped[bool] = mapped_column(server_default=text("false"))
    started_at: Mapped[datetime | None]
    start_position: Mapped[float | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    first_beat_at: Mapped[datetime | None]
    first_beat_position: Mapped[float | None]
    beat_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    beat_at: Mapped[datetime | None]
    beat_position: Mapped[float | None]
    beat_state: Mapped[str | None]
    wall_ms: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    media: Mapped[float] = mapped_column(server_default=text("0"))
    beacon_sn: Mapped[int] = mapped_column(BigInteger, server_default=text("-1"))
    beacon: Mapped[dict[str, Any] | None]
    due_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(server_default=text("0"))
    record: Mapped[dict[str, Any] | None]
