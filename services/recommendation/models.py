"""The tables of recommendation: copies of what its neighbours know, what profiles think of titles, and the models."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, Uuid, text
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
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


class Title(Base):
    """Copy of a title, from catalog.titles. `seq` grows with every change; `entry` is what choosing needs of it."""

    __tablename__ = "titles"
    __lifetime__ = Forever("a copy of the catalogue")
    __table_args__ = (Index("ix_titles_seq", "seq", unique=True),)

    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('changes')"))
    status: Mapped[str]
    entry: Mapped[dict[str, Any]]


class Account(Base):
    """Copy of an account's profiles, from identity.accounts."""

    __tablename__ = "accounts"
    __lifetime__ = Forever("one row for each account")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[str]
    profiles: Mapped[list[dict[str, Any]]]


class Play(Base):
    """A title that a profile played. `watched`: seconds of the longest viewing; null until one is closed."""

    __tablename__ = "plays"
    __lifetime__ = Lifetime("last_at", timedelta(days=1100))
    __table_args__ = (
        Index("ix_plays_latest", "profile_id", text("last_at DESC")),
        Index("ix_plays_account_id", "account_id"),
        Index("ix_plays_last_at", "last_at"),
    )

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    watched: Mapped[float | None]
    finished: Mapped[bool] = mapped_column(server_default=text("false"))


class Opinion(Base):
    """What a profile said of a title: `up`, `down` or `not_interested`."""

    __tablename__ = "opinions"
    __lifetime__ = Forever("at most one row for each title and profile, gone with it")
    __table_args__ = (Index("ix_opinions_account_id", "account_id"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    verdict: Mapped[str]
    said_at: Mapped[datetime]


class Stars(Base):
    """What a profile rated a title, from catalog.ratings."""

    __tablename__ = "stars"
    __lifetime__ = Forever("at most one row for each title and profile, gone with it")

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    stars: Mapped[int | None]
    rated_at: Mapped[datetime]


class Listed(Base):
    """A title in a profile's list, or one that was (`listed` false), from watch.lists."""

    __tablename__ = "listed"
    __lifetime__ = Forever("at most one row for each title and profile, gone with it")
    __table_args__ = (Index("ix_listed_account_id", "account_id"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    at: Mapped[datetime]
    listed: Mapped[bool] = mapped_column(server_default=text("true"))


class Clearing(Base):
    """When a profile cleared its history: plays from before stay forgotten, also when they are told again."""

    __tablename__ = "clearings"
    __lifetime__ = Forever("at most one row for each profile, gone with it")
    __table_args__ = (Index("ix_clearings_account_id", "account_id"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    at: Mapped[datetime]


class HiddenTitle(Base):
    """When a profile hid a title from its history: plays of it from before stay forgotten, also when they are told again.

    It stays as long as plays do, here and in the lake.
    """

    __tablename__ = "hidden_titles"
    __lifetime__ = Lifetime("at", timedelta(days=1100))
    __table_args__ = (Index("ix_hidden_titles_account_id", "account_id"), Index("ix_hidden_titles_at", "at"))

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    at: Mapped[datetime]


class GoneProfile(Base):
    """A profile that was deleted or erased: what is still on its way of it is not kept. Topics keep nothing for so long."""

    __tablename__ = "gone_profiles"
    __lifetime__ = Lifetime("gone_at", timedelta(days=100))
    __table_args__ = (Index("ix_gone_profiles_gone_at", "gone_at"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    gone_at: Mapped[datetime]


class Reset(Base):
    """When a profile had its taste forgotten: plays from before stay forgotten, also when they are told again."""

    __tablename__ = "resets"
    __lifetime__ = Forever("at most one row for each profile, gone with it")
    __table_args__ = (Index("ix_resets_account_id", "account_id"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    at: Mapped[datetime]


class RowUse(Base):
    """How many cards of a kind of row a profile saw, and how many it chose, as of `at`: of before half counts after 30 days."""

    __tablename__ = "row_uses"
    __lifetime__ = Forever("at most one row for each kind of row and profile, gone with it")
    __table_args__ = (Index("ix_row_uses_account_id", "account_id"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    seen: Mapped[float]
    chosen: Mapped[float]
    at: Mapped[datetime]


class PictureTrial(Base):
    """A title was shown to a profile with one of its posters, of this `chance` in this `context`; and was `chosen`, or not."""

    __tablename__ = "picture_trials"
    __lifetime__ = Lifetime("at", timedelta(days=60))
    __table_args__ = (
        Index("ix_picture_trials_profile_id", "profile_id"),
        Index("ix_picture_trials_account_id", "account_id"),
        Index("ix_picture_trials_at", "at"),
    )

    impression_id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    profile_id: Mapped[UUID]
    account_id: Mapped[UUID]
    context: Mapped[str]
    picture: Mapped[str]
    chance: Mapped[float]
    chosen: Mapped[bool]
    at: Mapped[datetime]


class PictureEstimate(Base):
    """What somebody saw estimated before posters were chosen for viewers; `accepted`: they may be."""

    __tablename__ = "picture_estimates"
    __lifetime__ = Lifetime("made_at", timedelta(days=400))
    __table_args__ = (Index("ix_picture_estimates_made_at", "made_at"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    made_at: Mapped[datetime]
    found: Mapped[dict[str, Any]]
    accepted: Mapped[bool]


class Trending(Base):
    """What is watched most in a region, from events.trending; the first before all others."""

    __tablename__ = "trending"
    __lifetime__ = Forever("one row for each region")

    region: Mapped[str] = mapped_column(primary_key=True)
    titles: Mapped[list[dict[str, Any]]]
    computed_at: Mapped[datetime]


class PopularityOfTitle(Base):
    """How many watched a title of late, as it was counted last."""

    __tablename__ = "popularity"
    __lifetime__ = Forever("at most one row for each title, written anew with each counting")

    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    viewers: Mapped[float]


class PopularityCounted(Base):
    """When popularity was counted last, and how many seconds that took. One row."""

    __tablename__ = "popularity_counted"
    __lifetime__ = Forever("one row")

    one: Mapped[bool] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    seconds: Mapped[float]


class Model(Base):
    """A trained model in the object store. The highest `chosen` number is in use, the next one is what to go back to."""

    __tablename__ = "models"
    __lifetime__ = Forever("the last few: each training deletes older ones")

    version: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    digest: Mapped[str]
    card: Mapped[dict[str, Any]]
    chosen: Mapped[int | None]


class TrainingRun(Base):
    """A training that was begun. `outcome`: `cut_short` until it has ended, then `done` or `failed`."""

    __tablename__ = "trainings"
    __lifetime__ = Lifetime("began_at", timedelta(days=90))
    __table_args__ = (Index("ix_trainings_began_at", "began_at"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str]
