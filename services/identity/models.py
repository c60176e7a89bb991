"""Tables of identity."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Index, LargeBinary, Text, column, func, text
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
    # Until when it is asked for no second factor, if it proves itself.
    trusted_until: Mapped[datetime | None] = mapped_column(STAMP)
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
    # When it last proved that its owner is there, by the password and the second factor or by a passkey.
    proved_at: Mapped[datetime | None] = mapped_column(STAMP)
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


class Mail(Base):
    """A mail to somebody, from the moment it is owed. The text is made when it is handed in; `data` is what it names.

    `account_id` null: asked for by an address, of which nobody has looked yet whose it is. `due_at`: when it is tried (again);
    while somebody is at it, when another may take it over. After `expires_at` it is not worth sending any more. `message`
    is why the last try came to nothing.
    """

    __tablename__ = "mails"
    __lifetime__ = Lifetime("created_at", timedelta(days=7))
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'failed', 'dropped')", name="state"),
        Index("ix_mails_due_at", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_mails_account_id_kind", "account_id", "kind", "created_at"),
        Index("ix_mails_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"), default=dict)
    state: Mapped[str] = mapped_column(Text, server_default="waiting", default="waiting")
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    message: Mapped[str] = mapped_column(Text, server_default="", default="")
    created_at: Mapped[datetime] = mapped_column(STAMP)
    due_at: Mapped[datetime] = mapped_column(STAMP)
    expires_at: Mapped[datetime] = mapped_column(STAMP)


class Link(Base):
    """What a mailed link is good for, once. Its token is known here only by its SHA-256; `address` is whose mailbox it proves."""

    __tablename__ = "links"
    __lifetime__ = Lifetime("expires_at", timedelta(days=1))
    __table_args__ = (Index("ix_links_account_id", "account_id"), Index("ix_links_expires_at", "expires_at"))

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    expires_at: Mapped[datetime] = mapped_column(STAMP)


class Totp(Base):
    """An authenticator app (RFC 6238). `secret` is sealed; `last_step` is that of the last code used: none is good twice.

    `confirmed_at` null: it was shown, and nobody has given a code of it yet.
    """

    __tablename__ = "totps"
    __lifetime__ = Forever("one for each account at most, gone with it")

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    confirmed_at: Mapped[datetime | None] = mapped_column(STAMP)


class RecoveryCode(Base):
    """A code that is good once in place of the app's; known only by a keyed hash."""

    __tablename__ = "recovery_codes"
    __lifetime__ = Forever("ten for each account at most, gone with their use")
    __table_args__ = (Index("ix_recovery_codes_account_id", "account_id"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(STAMP)


class Passkey(Base):
    """A public key that an authenticator of somebody's signs for (WebAuthn). `sign_count` is as the authenticator said last."""

    __tablename__ = "passkeys"
    __lifetime__ = Forever("a bounded number for each account, gone with it")
    __table_args__ = (Index("ix_passkeys_account_id", "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(Text)
    synced: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(STAMP)
    last_used_at: Mapped[datetime | None] = mapped_column(STAMP)


class Challenge(Base):
    """What an authenticator is asked to sign, once. `account_id` null: whoever signs in by it says who they are."""

    __tablename__ = "challenges"
    __lifetime__ = Lifetime("expires_at", timedelta(days=1))
    __table_args__ = (Index("ix_challenges_account_id", "account_id"), Index("ix_challenges_expires_at", "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Text)
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(STAMP)


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
