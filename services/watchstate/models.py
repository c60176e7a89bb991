"""The tables of watchstate: its own facts, and the few rows it needs of its neighbours'."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.data.database import new_metadata
from libs.chassis.data.lifetimes import Forever, Lifetime


class Base(DeclarativeBase):
    """Base of the tables."""

    metadata = new_metadata()
    type_annotation_map = {
        UUID: Uuid,
        str: Text,
        date: Date,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


class Title(Base):
    """Copy of a title, from catalog.titles."""

    __tablename__ = "titles"
    __lifetime__ = Forever("a copy of the catalogue")

    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    type: Mapped[str]
    status: Mapped[str]
    name: Mapped[str]
    year: Mapped[int | None]
    maturity: Mapped[int] = mapped_column(SmallInteger)
    poster_url: Mapped[str | None]
    backdrop_url: Mapped[str | None]
    windows: Mapped[list[dict[str, Any]]]
    language: Mapped[str] = mapped_column(server_default="en")
    # What it says in other languages, as `contracts.catalog.Localized` without descriptions.
    localized: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))


class Playable(Base):
    """Copy of a playable, in viewing order within its title. Seconds; `ready` while it has an asset."""

    __tablename__ = "playables"
    __lifetime__ = Forever("a copy of the catalogue")
    __table_args__ = (Index("ix_playables_title_id", "title_id", "ordinal"),)

    playable_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID]
    ordinal: Mapped[int]
    name: Mapped[str]
    season_number: Mapped[int | None]
    episode_number: Mapped[int | None]
    still_url: Mapped[str | None]
    duration: Mapped[float | None]
    credits_start: Mapped[float | None]
    ready: Mapped[bool]


class Position(Base):
    """Where a profile is in a playable, in seconds: the last of all updates by `(occurred_at, writer, seq)`.

    `completions` is how often it has been seen to its end.

    `writer` is the playback session, or for a batch from an offline device that device.
    """

    __tablename__ = "positions"
    __lifetime__ = Forever("one row for each film of a profile, gone with it")
    __table_args__ = (
        Index("ix_positions_recent", "profile_id", text("occurred_at DESC")),
        Index("ix_positions_account_id", "account_id"),
    )

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    playable_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    title_id: Mapped[UUID]
    position: Mapped[float]
    duration: Mapped[float]
    completed: Mapped[bool]
    completions: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    occurred_at: Mapped[datetime]
    writer: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)


class Viewing(Base):
    """A line of the history: one playable on one day (UTC)."""

    __tablename__ = "viewings"
    __lifetime__ = Forever("the viewer's own history, until they clear it")
    __table_args__ = (
        Index("ix_viewings_recent", "profile_id", text("watched_at DESC"), text("playable_id DESC")),
        Index("ix_viewings_account_id", "account_id"),
    )

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    playable_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    title_id: Mapped[UUID]
    position: Mapped[float]
    duration: Mapped[float]
    completed: Mapped[bool]
    watched_at: Mapped[datetime]


class Report(Base):
    """The last sequence number that an offline device told of a playable."""

    __tablename__ = "reports"
    __lifetime__ = Lifetime("reported_at", timedelta(days=400))

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    playable_id: Mapped[UUID] = mapped_column(primary_key=True)
    writer: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[datetime] = mapped_column(index=True)


class Removal(Base):
    """A title taken out of Continue Watching; it is back when it is watched after `removed_at`."""

    __tablename__ = "removals"
    __lifetime__ = Forever("one row for each title a profile took out, gone with it")

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    removed_at: Mapped[datetime]


class Clearing(Base):
    """A history that was cleared: updates from before `cleared_at` (infinity for a profile that is gone) are too late."""

    __tablename__ = "clearings"
    __lifetime__ = Forever("one row for each profile that was cleared or removed")

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    cleared_at: Mapped[datetime]


class Hidden(Base):
    """A title hidden from the history: updates from until `hidden_at` are too late; watched after that it is back."""

    __tablename__ = "hidden"
    __lifetime__ = Forever("one row for each title a profile hid, gone with it and with a cleared history")

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    hidden_at: Mapped[datetime]


class TrackChoice(Base):
    """The audio and the captions chosen for a title, as `{language, label}`; captions may be "off". Null: never chosen."""

    __tablename__ = "track_choices"
    __lifetime__ = Lifetime("chosen_at", timedelta(days=400))
    __table_args__ = (
        Index("ix_track_choices_account_id", "account_id"),
        Index("ix_track_choices_chosen_at", "chosen_at"),
    )

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    audio: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    captions: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    chosen_at: Mapped[datetime]


class ListItem(Base):
    """A title in My List; the lowest rank comes first."""

    __tablename__ = "list_items"
    __lifetime__ = Forever("My List, of bounded length")
    __table_args__ = (
        Index("ix_list_items_order", "profile_id", "rank", "title_id"),
        Index("ix_list_items_account_id", "account_id"),
    )

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    rank: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime]


class Reminder(Base):
    """A title that a profile waits for in `country`. Once it can be played there, `arrived_at` says since when."""

    __tablename__ = "reminders"
    __lifetime__ = Lifetime("arrived_at", timedelta(days=30), where="arrived_at IS NOT NULL")
    __table_args__ = (
        Index("ix_reminders_account_id", "account_id"),
        Index("ix_reminders_waiting", "title_id", "profile_id", postgresql_where=text("arrived_at IS NULL")),
        Index("ix_reminders_arrived_at", "arrived_at", postgresql_where=text("arrived_at IS NOT NULL")),
    )

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    country: Mapped[str]
    asked_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]


class Account(Base):
    """Copy of an account's profiles, from identity.accounts."""

    __tablename__ = "accounts"
    __lifetime__ = Forever("one row for each account")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[str]
    profiles: Mapped[list[dict[str, Any]]]


class SyncHead(Base):
    """The last id of an account's sync log. Its row is the lock that gives the account's changes one order."""

    __tablename__ = "sync_heads"
    __lifetime__ = Forever("one row for each account")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class SyncEntry(Base):
    """Something the account's devices want to know; without `profile_id` it concerns all of them."""

    __tablename__ = "sync_log"
    __lifetime__ = Forever("the last 500 of each account: appending deletes older ones")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    profile_id: Mapped[UUID | None]
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]
