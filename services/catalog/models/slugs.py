"""Slugs that titles had."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class FormerSlug(Base):
    """A slug that a title had before, when viewers could know it; written by a trigger of `titles`.

    Where another title has it now it leads there from that title's publication on.
    """

    __tablename__ = "former_slugs"
    __lifetime__ = Forever("as many as editors change, gone with the title")

    slug: Mapped[str] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), index=True)
