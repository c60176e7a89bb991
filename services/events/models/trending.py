"""What is watched most: who watched which title on which day, and how many in which hour."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Index, Integer, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever, Lifetime
from services.events.models.base import Base


class TitleViewer(Base):
    """A profile watched a title on a day: however often, it counts once."""

    __tablename__ = "title_viewers"
    # As long as a viewing of that day is known, and can be closed again.
    __lifetime__ = Lifetime("day", timedelta(days=10))
    __table_args__ = (Index("ix_title_viewers_day", "day"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)


class TitleHour(Base):
    """How many profiles watched a title in an hour, in a country or in the world; of nobody in particular."""

    __tablename__ = "title_hours"
    __lifetime__ = Lifetime("hour", timedelta(days=8))
    __table_args__ = (Index("ix_title_hours_hour", "hour"),)

    region: Mapped[str] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    viewers: Mapped[int] = mapped_column(Integer)


class Trending(Base):
    """The titles that were published last of a region, in their order."""

    __tablename__ = "trending"
    __lifetime__ = Forever("one row for each country")

    region: Mapped[str] = mapped_column(primary_key=True)
    titles: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    published_at: Mapped[datetime]
