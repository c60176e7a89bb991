"""Tables of identity."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, column, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.data.database import new_metadata
from libs.chassis.data.lifetimes import Forever, Lifetime

STAMP = DateTime(timezone=True)
ENDED = "LEAST(expires_at, COALESCE(revoked_at, expires_at))"


class Base(DeclarativeBase):
    """Base of identity's tables."""

    metadata = new_metadata()


class Account(Base):
    """Someone who can sign in. `email_key` is what makes an address unique; `version` counts published changes.

    `erase_at`: when an account that its holder has closed is erased.
    """

    __tablename__ = "accounts"
    __lifetime__ = Forever("one row for each customer; erasing empties it")
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended', 'deleting', 'erased')", name="status"),
        # Staff look for the beginning of an address or a name, for colleagues, and for who is not active.
        Index("ix_accounts_email_begins", "email_key", postgresql_ops={"email_key": "text_pattern_ops"}),
        Index(
            "ix_accounts_name_begins",
            func.lower(column("name")).label("name"),
            postgresql_ops={"name": "text_pattern_ops"},
        ),
        Index("ix_accounts_staff", "id", postgresql_where=text("roles <> '{}'")),
        Index("ix_accounts_closed", "id", postgresql_where=text("status <> 'active'")),
        Index("ix_accounts_erase_at", "erase_at", postgresql_where=text("status = 'deleting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, unique=True)
    email_verified: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    password_hash: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="active", default="active")
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"), default=list)
    version: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    changed_at: Mapped[datetime] = mapped_column(STAMP)
    erase_at: Mapped[datetime | None] = mapped_column(STAMP)


class Profile(Base):
    """Someone who watches. `maturity` is the highest age rating allowed; `consents` what they agreed to, null until they say."""

    __tablename__ = "profiles"
    __lifetime__ = Forever("a handful for each account, gone with it")
    __table_args__ = (
        CheckConstraint("maturity IN (0, 7, 12, 16, 18)", name="maturity"),
        CheckConstraint("NOT kids OR maturity <= 7", name="kids"),
        Index("ix_profiles_account_id", "account_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    maturity: Mapped[int]
    kids: Mapped[bool]
    language: Mapped[str] = mapped_column(Text)
    avatar: Mapped[str] = mapped_column(Text)
    pin_hash: Mapped[str | None] = mapped_column(Text)
    consents: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    consents_at: Mapped[datetime | None] = mapped_column(STAMP)
    created_at: Mapped[datetime] = mapped_column(STAMP)

    @property
    def agreed(self) -> frozenset[str]:
        """What may be learned from: of a child, and of who has not answered, nothing."""
        return frozenset() if self.kids else frozenset(self.consents or ())


class ErasedProfile(Base):
    """A profile that was deleted, for as long as something of it may still be on its way to those who keep things of profiles."""

    __tablename__ = "erased_profiles"
    # Longer than any topic but the compacted ones keeps a record.
    __lifetime__ = Lifetime("erased_at", timedelta(days=40))
    __table_args__ = (
        Index("ix_erased_profiles_account_id", "account_id"),
        Index("ix_erased_profiles_erased_at", "erased_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    erased_at: Mapped[datetime] = mapped_column(STAMP)


class Device(Base):
    """Something an account has signed in on. `secret_digest`: of the secret it got with its last sign-in, to prove itself."""

    __tablename__ = "devices"
    __lifetime__ = Forever("a bounded number for each account: those used longest ago are forgotten")
    __table_args__ = (Index("ix_devices_account_id", "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    trusted: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    secret_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    last_seen_at: Mapped[datetime] = mapped_column(STAMP)


class Session(Base):
    """One sign-in: the family of its refresh tokens. `generation` is that of the newest of them.

    `reach_maturity` and `reach_kids` are the most it gets at without proof once it has no profile; `password_at` is when
    the password was given, unless its reach was lowered since. `lowered` counts how often it chose a profile that may watch
    less than the one before: its tokens carry the count, and those with a lower one are refused.
    """

    __tablename__ = "sessions"
    __lifetime__ = Lifetime(ENDED, timedelta(days=30))
    __table_args__ = (
        Index("ix_sessions_account_id", "account_id"),
        Index("ix_sessions_device_id", "device_id"),
        Index("ix_sessions_profile_id", "profile_id", postgresql_where=text("profile_id IS NOT NULL")),
        Index("ix_sessions_expires_at", "expires_at"),
        Index("ix_sessions_ended", text(ENDED)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("devices.id", ondelete="SET NULL"))
    profile_id: Mapped[UUID | None] = mapped_column(ForeignKey("profiles.id", ondelete="SET NULL"))
    # By default the least: whoever does not say what a sign-in reaches has given no proof of anything.
    reach_maturity: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    reach_kids: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    password_at: Mapped[datetime | None] = mapped_column(STAMP)
    lowered: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    generation: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    address: Mapped[str] = mapped_column(Text, server_default="", default="")
    created_at: Mapped[datetime] = mapped_column(STAMP)
    last_used_at: Mapped[datetime] = mapped_column(STAMP)
    expires_at: Mapped[datetime] = mapped_column(STAMP)
    revoked_at: Mapped[datetime | None] = mapped_column(STAMP)
    revoke_reason: Mapped[str | None] = mapped_column(Text)


class RefreshToken(Base):
    """One refresh token, known only by its SHA-256. Once rotated, `salt` and the token itself give its successor."""

    __tablename__ = "refresh_tokens"
    __lifetime__ = Lifetime("rotated_at", timedelta(days=30))
    __table_args__ = (
        Index("ix_refresh_tokens_session_id", "session_id"),
        Index("ix_refresh_tokens_rotated_at", "rotated_at", postgresql_where=text("rotated_at IS NOT NULL")),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("sessions.id", ondelete="CASCADE"))
    generation: Mapped[int]
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    rotated_at: Mapped[datetime | None] = mapped_column(STAMP)


class Entitlement(Base):
    """Our copy of what billing said last about an account."""

    __tablename__ = "entitlements"
    __lifetime__ = Forever("one row for each account")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[str] = mapped_column(Text)
    plan_id: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[datetime | None] = mapped_column(STAMP)


class Audit(Base):
    """What a member of staff (`actor`) changed of an account, and why: the fields as they were before and after."""

    __tablename__ = "audit"
    __lifetime__ = Lifetime("at", timedelta(days=730))
    __table_args__ = (Index("ix_audit_account_id_at", "account_id", text("at DESC")), Index("ix_audit_at", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    actor: Mapped[UUID]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(STAMP)
