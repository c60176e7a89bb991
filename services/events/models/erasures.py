"""Accounts and profiles that were erased, for as long as something of them may still be on its way."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Lifetime
from services.events.models.base import Base


class Erased(Base):
    """An account that is gone: what is heard of it later is forgotten too."""

    __tablename__ = "erased"
    # Longer than any topic that we read keeps an event.
    __lifetime__ = Lifetime("erased_at", timedelta(days=35))
    __table_args__ = (Index("ix_erased_erased_at", "erased_at"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]


class ErasedProfile(Base):
    """A profile that is gone, of an account that may still be there."""

    __tablename__ = "erased_profiles"
    __lifetime__ = Lifetime("erased_at", timedelta(days=35))
    __table_args__ = (Index("ix_erased_profiles_erased_at", "erased_at"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
