"""What is tried out and switched, who met it, and what each profile watched on each day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever, Lifetime
from services.events.models.base import Base


class Flag(Base):
    """A feature flag; `definition` is what is published of it."""

    __tablename__ = "flags"
    __lifetime__ = Forever("made by staff, one by one")

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    about: Mapped[str]
    definition: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class Experiment(Base):
    """An experiment; `definition` is what is published of it."""

    __tablename__ = "experiments"
    __lifetime__ = Forever("made by staff, one by one")

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    about: Mapped[str]
    definition: Mapped[dict[str, Any]]
    started_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID]


class Exposure(Base):
    """A profile met its arm of an experiment for the first time."""

    __tablename__ = "exposures"
    __lifetime__ = Lifetime("first_at", timedelta(days=180))
    __table_args__ = (
        Index("ix_exposures_first_at", "first_at"),
        Index("ix_exposures_account_id", "account_id"),
        Index("ix_exposures_profile_id", "profile_id"),
    )

    experiment: Mapped[str] = mapped_column(primary_key=True)
    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    arm: Mapped[str]
    # Nothing reads or writes it any more: a release that does may still run beside this one, so it goes with the next.
    crossed: Mapped[bool] = mapped_column(server_default=text("false"))
    country: Mapped[str]
    app: Mapped[str]
    app_version: Mapped[str]
    first_at: Mapped[datetime]


class ProfileDay(Base):
    """What a profile's viewings of a day add up to, trailers left out; changed by what each revision of a record changes."""

    __tablename__ = "profile_days"
    __lifetime__ = Lifetime("day", timedelta(days=90))
    __table_args__ = (Index("ix_profile_days_day", "day"), Index("ix_profile_days_account_id", "account_id"))

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    plays: Mapped[int]
    watched: Mapped[float]
    failed: Mapped[int]
    startups: Mapped[int]
    startup_ms: Mapped[float]
    stalled: Mapped[float]


class Plan(Base):
    """The plan of an account, as billing said last."""

    __tablename__ = "plans"
    __lifetime__ = Forever("one row for each account, gone with it")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    plan_id: Mapped[str]
