"""What viewers say of titles in stars."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class Rating(Base):
    """One rating of a profile, 1 to 5."""

    __tablename__ = "ratings"
    __lifetime__ = Forever("one for each title a profile has rated, gone with the account")
    __table_args__ = (CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),)

    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)
    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)
    stars: Mapped[int] = mapped_column(SmallInteger)
    rated_at: Mapped[datetime]


class RatingTotal(Base):
    """The sum of a title's ratings, kept with each of them; apart from the title so that raters never wait for editors."""

    __tablename__ = "rating_totals"
    __lifetime__ = Forever("one row for each title")

    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)
    count: Mapped[int]
    sum: Mapped[int]
