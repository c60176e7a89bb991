"""The tables of the transcoding pipeline; procrastinate keeps its own beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.database import new_metadata

STATUSES = ("queued", "probing", "encoding", "packaging", "checking", "ready", "failed")


class Base(DeclarativeBase):
    """Base of the tables."""

    metadata = new_metadata()
    type_annotation_map = {
        UUID: Uuid,
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        list[dict[str, Any]]: JSONB,
    }


class Upload(Base):
    """An upload. `received` bytes are on disk and synced; `stored_at` is when the master reached the object store."""

    __tablename__ = "uploads"
    __table_args__ = (
        CheckConstraint("received BETWEEN 0 AND length", name="received"),
        Index("ix_uploads_account_id", "account_id", postgresql_where=text("asset_id IS NULL")),
        Index("ix_uploads_waiting", "updated_at", postgresql_where=text("stored_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    playable_id: Mapped[UUID]
    filename: Mapped[str]
    length: Mapped[int]
    received: Mapped[int] = mapped_column(server_default=text("0"))
    label_rungs: Mapped[bool] = mapped_column(server_default=text("false"))
    asset_id: Mapped[UUID | None]
    stored_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Asset(Base):
    """One encoded version of a playable, and the job that makes it.

    `attempt` is the fence: only the worker that holds the newest one may write. `strikes` counts attempts that ended
    without a word. `version` grows with every event about the asset.
    """

    __tablename__ = "assets"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
        Index("ix_assets_playable_id_id", "playable_id", text("id DESC")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    playable_id: Mapped[UUID]
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id"), unique=True)
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    progress: Mapped[float] = mapped_column(server_default=text("0"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    strikes: Mapped[int] = mapped_column(server_default=text("0"))
    job_id: Mapped[int | None]
    duration: Mapped[float | None]
    hls: Mapped[str | None]
    dash: Mapped[str | None]
    thumbnails: Mapped[str | None]
    renditions: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    tracks: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ready_at: Mapped[datetime | None]
