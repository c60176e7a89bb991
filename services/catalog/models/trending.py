"""What is watched most, as events tells it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class Trending(Base):
    """The most watched titles of a country, or of the world, in their order. Some of them nobody here may see."""

    __tablename__ = "trending"
    __lifetime__ = Forever("one row for each country")

    region: Mapped[str] = mapped_column(primary_key=True)
    titles: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    computed_at: Mapped[datetime]
