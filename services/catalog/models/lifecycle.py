"""Where titles have been on their way from draft to archive, and when they go on by themselves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class LifecycleStep(Base):
    """A step of a title's path, and why it was taken. `actor` is empty where a schedule took it."""

    __tablename__ = "lifecycle_steps"
    __lifetime__ = Forever("a few for each title")
    __table_args__ = (Index("ix_lifecycle_steps_title_id_at", "title_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"))
    actor: Mapped[UUID | None]
    action: Mapped[str]
    came_from: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class Schedule(Base):
    """When a title is published and archived by itself; `next_at` is when to look, `detail` why it was not done then."""

    __tablename__ = "schedules"
    __lifetime__ = Forever("at most one for each title")
    __table_args__ = (Index("ix_schedules_next_at", "next_at"),)

    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)
    publish_at: Mapped[datetime | None]
    expire_at: Mapped[datetime | None]
    next_at: Mapped[datetime]
    actor: Mapped[UUID]
    detail: Mapped[str]


class Withdrawal(Base):
    """A title that viewers saw, and do not see any more: its pictures get other names, and those that had been known go.

    `next_at` is when to look. `gone` are the objects to delete, once the pictures have their other names.
    """

    __tablename__ = "withdrawals"
    __lifetime__ = Forever("at most one for each title, for a minute")
    __table_args__ = (Index("ix_withdrawals_next_at", "next_at"),)

    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)
    next_at: Mapped[datetime]
    gone: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
