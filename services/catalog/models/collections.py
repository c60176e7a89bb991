"""Collections: titles that editors put together by hand, in an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class Collection(Base):
    """A list of titles with a page of its own. `home_place` is where it stands among the rows of the home page; None: not there.

    It is shown from `starts_at` to `ends_at`, in `regions` (none: everywhere). `changed_by` is who edited it last, `texts`
    what it says in other languages, by language.
    """

    __tablename__ = "collections"
    __lifetime__ = Forever("as many as editors make")
    __table_args__ = (
        Index("ix_collections_home", "home_place", "id", postgresql_where=text("home_place IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    description: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    home_place: Mapped[int | None] = mapped_column(SmallInteger)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    regions: Mapped[list[str]]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class CollectionItem(Base):
    """A title in a collection, at its place."""

    __tablename__ = "collection_items"
    __lifetime__ = Forever("a few dozen for each collection")

    collection_id: Mapped[UUID] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(SmallInteger)
