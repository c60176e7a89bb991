"""Objects of the store that no picture is made of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Lifetime
from services.catalog.models.base import Base


class LooseObject(Base):
    """An object that no picture names, or does not name yet; from `due_at` on it is deleted, at `swept_at` it was.

    Who puts a picture in notes its objects first. Triggers of `images` and `title_images` take away what a row names, and note
    what it named before, with the `picture` that it was of (its row's variants, width, height, color and blurhash) to be
    taken back. A key that somebody has tried to delete (`tries`) is given to no picture again, so that nothing deletes what is
    in use.
    """

    __tablename__ = "loose_objects"
    __lifetime__ = Lifetime("swept_at", timedelta(days=30), "swept_at IS NOT NULL")
    __table_args__ = (
        Index("ix_loose_objects_due_at", "due_at", postgresql_where=text("swept_at IS NULL")),
        Index("ix_loose_objects_swept_at", "swept_at", postgresql_where=text("swept_at IS NOT NULL")),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default="0")
    picture: Mapped[dict[str, Any] | None]
    swept_at: Mapped[datetime | None]
