"""Objects of the store that no picture is made of."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Lifetime
from services.catalog.models.base import Base


class LooseObject(Base):
    """An object that no picture names, or does not name yet; from `due_at` on it is deleted, at `swept_at` it was.

    Who puts a picture in notes its objects first. Triggers of `images` and `title_images` take away what a row names, and note
    what it named before. A key that stands here is given to no picture, so that nothing deletes what is in use.
    """

    __tablename__ = "loose_objects"
    __lifetime__ = Lifetime("swept_at", timedelta(days=30), "swept_at IS NOT NULL")
    __table_args__ = (
        Index("ix_loose_objects_due_at", "due_at", postgresql_where=text("swept_at IS NULL")),
        Index("ix_loose_objects_swept_at", "swept_at", postgresql_where=text("swept_at IS NOT NULL")),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    swept_at: Mapped[datetime | None]
