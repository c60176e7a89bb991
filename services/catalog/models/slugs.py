"""Slugs that titles had."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class FormerSlug(Base):
    """A slug that a title had before and no other has now; written by a trigger of `titles`."""

    __tablename__ = "former_slugs"
    __lifetime__ = Forever("as many as editors change, gone with the title")

    slug: Mapped[str] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), index=True)
