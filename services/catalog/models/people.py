"""People, the spellings they are found by, and their parts in titles."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever
from services.catalog.models.base import Base


class Person(Base):
    """Somebody who has a part in titles. `merged_into` is who they turned out to be; such a person has no credits.

    `texts` is the biography in other languages, by language.
    """

    __tablename__ = "people"
    __lifetime__ = Forever("as many as the catalogue credits")
    __table_args__ = (
        Index("ix_people_sort_name", "sort_name", "id"),
        Index("ix_people_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    sort_name: Mapped[str]
    other_names: Mapped[list[str]]
    biography: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    version: Mapped[int]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PersonOrigins(Base):
    """Whose is what a person shows (`services.catalog.origins`): of who was merged, and of who somebody was merged into."""

    __tablename__ = "person_origins"
    __lifetime__ = Forever("one for each person who was merged or into whom others were")

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    brought: Mapped[dict[str, Any]]


class PersonSpelling(Base):
    """Whom a list of names means by a name: the same spelling is the same person, until staff say otherwise."""

    __tablename__ = "person_spellings"
    __lifetime__ = Forever("a few for each person")

    spelling: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)


class Credit(Base):
    """A person's part in a title, or in one of its episodes alone; `character` for who acts. In order of `position`."""

    __tablename__ = "credits"
    __lifetime__ = Forever("the catalogue itself")
    __table_args__ = (
        CheckConstraint(
            "role IN ('actor', 'voice', 'presenter', 'director', 'creator', 'writer', 'producer', 'composer',"
            " 'cinematographer', 'editor')",
            name="role",
        ),
        Index("ix_credits_title_id", "title_id", "position"),
        Index("ix_credits_person_id", "person_id", "title_id"),
        Index("ix_credits_episode_id", "episode_id", postgresql_where=text("episode_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"))
    episode_id: Mapped[UUID | None] = mapped_column(ForeignKey("episodes.id", ondelete="CASCADE"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    role: Mapped[str]
    character: Mapped[str | None]
    position: Mapped[int] = mapped_column(SmallInteger)
