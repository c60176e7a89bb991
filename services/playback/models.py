"""Playback's tables: sessions and leases, which it owns, and its copies of other services' facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, DateTime, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.data.database import new_metadata
from libs.chassis.data.lifetimes import Forever, Lifetime


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        str: Text,
        float: DOUBLE_PRECISION,
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        list[int]: ARRAY(Integer),
    }


class AccountSlots(Base):
    """One row per account: the lock under which its leases are counted, and the last fencing number given out."""

    __tablename__ = "account_slots"
    __lifetime__ = Forever("one row for each account")
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    fencing: Mapped[int] = mapped_column(BigInteger)


class Lease(Base):
    """A stream slot in use. It counts until `expires_at`; the row goes when the session ends, in the same transaction.

    `expires_at` never passes `ends_at`, when what allows the stream ends, as `ends_code` says. No index holds a column
    that a heartbeat writes: its renewal stays on the row's page and costs no index anything. `told_at` is when a position
    was last published and written to `positions`, and `untold` says that there is a newer one here.

    A `trailer` uses no slot: its lease says that it is on, and is not counted.

    From `judged_at` on are what the last full judgement found, by which plain heartbeats go on; null asks for another one.
    """

    __tablename__ = "leases"
    __lifetime__ = Forever("one row for each running stream: the sweeper ends them")
    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)
    sign_in_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    fencing: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[float]
    state: Mapped[str]
    acquired_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    beat_at: Mapped[datetime | None]
    untold: Mapped[bool] = mapped_column(server_default=text("false"))
    told_at: Mapped[datetime | None]
    title_id: Mapped[UUID | None] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    ends_code: Mapped[str | None]
    judged_at: Mapped[datetime | None]
    title_version: Mapped[int | None] = mapped_column(BigInteger)
    profile_id: Mapped[UUID | None]
    playable_id: Mapped[UUID | None]
    asset_id: Mapped[UUID | None]
    duration: Mapped[float | None]
    heights: Mapped[list[int] | None]
    plan_height: Mapped[int | None]
    device_height: Mapped[int | None]
    trailer: Mapped[bool] = mapped_column(server_default=text("false"))


class Session(Base):
    """One play, from its admission to its end; kept as the record of it. Positions and durations in seconds.

    `maturity`, `country` and `device_height` are what its start asked with, so that heartbeats and events can ask again.
    `end_reason` is how it ended, or the code of the gate that ended it.
    """

    __tablename__ = "sessions"
    __lifetime__ = Lifetime("ended_at", timedelta(days=90))
    __table_args__ = (
        Index("ix_sessions_account_id_started_at", "account_id", "started_at"),
        Index("ix_sessions_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )
    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    profile_id: Mapped[UUID]
    sign_in_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    title_id: Mapped[UUID]
    playable_id: Mapped[UUID]
    asset_id: Mapped[UUID]
    fencing: Mapped[int] = mapped_column(BigInteger)
    duration: Mapped[float]
    title: Mapped[str]
    device: Mapped[str]
    profile: Mapped[str]
    started_at: Mapped[datetime]
    started_from: Mapped[float]
    position: Mapped[float]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    maturity: Mapped[int | None]
    country: Mapped[str | None]
    device_height: Mapped[int | None]


class Takeover(Base):
    """A one-use permission to end `ends_session_id` and play `playable_id` instead; only its token's hash is kept."""

    __tablename__ = "takeovers"
    __lifetime__ = Lifetime("expires_at", timedelta(days=1))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[UUID]
    profile_id: Mapped[UUID]
    playable_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    max_height: Mapped[int | None]
    ends_session_id: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Position(Base):
    """Where a profile is in a playable. `position` is null when the viewer has cleared it."""

    __tablename__ = "positions"
    __lifetime__ = Forever("one row for each film of a profile, gone with it")
    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    playable_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[float | None]
    ended: Mapped[bool]
    occurred_at: Mapped[datetime]


class Account(Base):
    __tablename__ = "accounts"
    __lifetime__ = Forever("one row for each account")
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]


class Profile(Base):
    """A removed profile stays, marked: one nobody has told us of yet may play, on the word of its token."""

    __tablename__ = "profiles"
    __lifetime__ = Forever("a copy of the profiles there are, nameless and marked when removed")
    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    maturity: Mapped[int]
    removed: Mapped[bool] = mapped_column(server_default=text("false"))


class Device(Base):
    """A removed device stays, marked, so that it is refused rather than unknown."""

    __tablename__ = "devices"
    __lifetime__ = Forever("a copy of the devices there are, nameless and marked when removed")
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)
    name: Mapped[str]
    removed: Mapped[bool] = mapped_column(server_default=text("false"))


class RevokedSignIn(Base):
    """Sign-ins identity has revoked; kept longer than any access token of theirs can live."""

    __tablename__ = "revoked_sign_ins"
    __lifetime__ = Lifetime("revoked_at", timedelta(days=7))
    sign_in_id: Mapped[UUID] = mapped_column(primary_key=True)
    revoked_at: Mapped[datetime] = mapped_column(index=True)


class Entitlement(Base):
    __tablename__ = "entitlements"
    __lifetime__ = Forever("one row for each account")
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    plan_id: Mapped[str]
    status: Mapped[str]
    max_streams: Mapped[int]
    max_height: Mapped[int]
    overflow: Mapped[str]
    valid_until: Mapped[datetime | None]


class Title(Base):
    __tablename__ = "titles"
    __lifetime__ = Forever("a copy of the catalogue")
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    maturity: Mapped[int]
    free_trailers: Mapped[bool] = mapped_column(server_default=text("true"))


class TitleWindow(Base):
    """When, and in which countries, a title may be shown; no regions means everywhere, no rows always and everywhere."""

    __tablename__ = "title_windows"
    __lifetime__ = Forever("a copy of the catalogue")
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    regions: Mapped[list[str]]


class Playable(Base):
    """What can be played. `heights` ascending, in pixels; `answer` is what every start of it says about it."""

    __tablename__ = "playables"
    __lifetime__ = Forever("a copy of the catalogue")
    playable_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(index=True)
    label: Mapped[str]
    asset_id: Mapped[UUID | None]
    duration: Mapped[float] = mapped_column(server_default=text("0"))
    credits_start: Mapped[float | None]
    hls: Mapped[str | None]
    dash: Mapped[str | None]
    thumbnails: Mapped[str | None]
    heights: Mapped[list[int]]
    answer: Mapped[dict[str, Any]]
    trailer: Mapped[bool] = mapped_column(server_default=text("false"))
