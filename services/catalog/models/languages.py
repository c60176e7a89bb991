"""What a title says and shows in languages other than its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class TitleText(Base):
    """A title's texts in a language (BCP 47); what is null is said as the title itself says it."""

    __tablename__ = "title_texts"
    __lifetime__ = Forever("a few for each title")

    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    description: Mapped[str | None]
    tagline: Mapped[str | None]


class TitleImage(Base):
    """A title's picture for a language; otherwise as an `Image`."""

    __tablename__ = "title_images"
    __lifetime__ = Forever("a few for each title")
    # By the objects that they are made of.
    __table_args__ = (
        Index("ix_title_images_objects", text("jsonb_path_query_array(variants, '$.*')"), postgresql_using="gin"),
    )

    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    variants: Mapped[dict[str, Any]]
    width: Mapped[int]
    height: Mapped[int]
    color: Mapped[str]
    blurhash: Mapped[str | None]
    updated_at: Mapped[datetime]
