"""The tables of search: copies of what its neighbours know, in the order they changed, and what people searched for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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
        list[str]: ARRAY(Text),
    }


class Title(Base):
    """Copy of a title, from catalog.titles. `seq` grows with every change that an index must follow; `entry` is what it needs.

    `crowd`: it came with very many others, an import for one, and an index may take it after those that came alone.
    """

    __tablename__ = "titles"
    __lifetime__ = Forever("a copy of the catalogue")
    __table_args__ = (
        Index("ix_titles_seq", "seq", unique=True),
        Index("ix_titles_alone", "seq", postgresql_where=text("NOT crowd")),
    )

    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    seq: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('changes')"))
    status: Mapped[str]
    entry: Mapped[dict[str, Any]]
    crowd: Mapped[bool] = mapped_column(server_default=text("false"))


class Person(Base):
    """Somebody who is named in a title. Stays when the title goes: who has nothing to show is never answered with.

    `crowd`: as of titles.
    """

    __tablename__ = "people"
    __lifetime__ = Forever("one row for each name of the catalogue")
    __table_args__ = (
        Index("ix_people_seq", "seq", unique=True),
        Index("ix_people_alone", "seq", postgresql_where=text("NOT crowd")),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('changes')"))
    name: Mapped[str]
    other_names: Mapped[list[str]]
    known: Mapped[bool]
    crowd: Mapped[bool] = mapped_column(server_default=text("false"))


class Signal(Base):
    """What viewers make of a title: its ratings, and how often it was played.

    `popularity` is the logarithm of plays that fade (`domain.popularity`), null before the first; `step` is what the index knows
    of it. `watched` is the same of those who watch it lately, as it was told last (`domain.watched`), null of what is not among
    the most watched.
    """

    __tablename__ = "signals"
    __lifetime__ = Forever("one row for each title")
    __table_args__ = (Index("ix_signals_watched", "watched_at", postgresql_where=text("watched IS NOT NULL")),)

    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    rating: Mapped[float | None]
    ratings: Mapped[int] = mapped_column(server_default=text("0"))
    rated_at: Mapped[datetime | None]
    popularity: Mapped[float | None]
    step: Mapped[int | None]
    watched: Mapped[float | None]
    watched_at: Mapped[datetime | None]


class Told(Base):
    """When the newest of what is told as a whole was made, where it was empty too: an older one that comes again says nothing."""

    __tablename__ = "told"
    __lifetime__ = Forever("one row for each thing that is told as a whole")

    what: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]


class Taste(Base):
    """What a profile watches most: genres and people with their weights (`domain.learned`), and no title."""

    __tablename__ = "tastes"
    __lifetime__ = Lifetime("changed_at", timedelta(days=180))
    __table_args__ = (Index("ix_tastes_account_id", "account_id"), Index("ix_tastes_changed_at", "changed_at"))

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    genres: Mapped[dict[str, Any]]
    people: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class Meaning(Base):
    """What a title means, as a vector of bytes (`engine.model`); `digest` is that of the text it was made of."""

    __tablename__ = "meanings"
    __lifetime__ = Forever("one row for each title")
    __table_args__ = (Index("ix_meanings_seq", "seq", unique=True),)

    title_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, server_default=text("nextval('meanings_changes')"))
    version: Mapped[int]
    model: Mapped[str]
    digest: Mapped[bytes]
    vector: Mapped[bytes]


class Rebuild(Base):
    """Somebody's wish that every replica builds its index anew."""

    __tablename__ = "rebuilds"
    __lifetime__ = Forever("one row for each time an operator asks for it")

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime]


class Account(Base):
    """Copy of an account's profiles, from identity.accounts."""

    __tablename__ = "accounts"
    __lifetime__ = Forever("one row for each account")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[str]
    profiles: Mapped[list[dict[str, Any]]]


class Recent(Base):
    """What a profile searched for, each text once."""

    __tablename__ = "recent_searches"
    __lifetime__ = Lifetime("searched_at", timedelta(days=180))
    __table_args__ = (
        Index("ix_recent_searches_order", "profile_id", text("searched_at DESC")),
        Index("ix_recent_searches_account_id", "account_id"),
        Index("ix_recent_searches_searched_at", "searched_at"),
        Index("uq_recent_searches_text", "profile_id", "folded", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    profile_id: Mapped[UUID]
    account_id: Mapped[UUID]
    text: Mapped[str]
    folded: Mapped[str]
    searched_at: Mapped[datetime]


class Searcher(Base):
    """The name that a profile has in the log: without this row nobody knows whose it was."""

    __tablename__ = "searchers"
    __lifetime__ = Forever("one row for each profile that searched, gone with it")
    __table_args__ = (Index("ix_searchers_account_id", "account_id"),)

    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    pseudonym: Mapped[UUID]


class Query(Base):
    """A search as it was asked and what became of it; `pseudonym` stands for the profile that asked."""

    __tablename__ = "queries"
    __lifetime__ = Lifetime("asked_at", timedelta(days=90))
    __table_args__ = (
        Index("ix_queries_asked_at", "asked_at"),
        Index("ix_queries_searcher", "pseudonym", "asked_at"),
        Index("ix_queries_clicked_at", "asked_at", postgresql_where=text("clicked_title IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    pseudonym: Mapped[UUID]
    text: Mapped[str]
    folded: Mapped[str]
    filters: Mapped[dict[str, Any]]
    results: Mapped[int]
    clicked_title: Mapped[UUID | None]
    clicked_position: Mapped[int | None] = mapped_column(SmallInteger)
    asked_at: Mapped[datetime]
