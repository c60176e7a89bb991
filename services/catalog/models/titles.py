"""Titles and what belongs to them: windows, seasons, playables, trailers, pictures, and the log of edits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever, Lifetime
from services.catalog.models.base import Base


class Genre(Base):
    """A genre, named as its first editor spelled it; its slug is made of the name. `former` are slugs it had before."""

    __tablename__ = "genres"
    __lifetime__ = Forever("as many as editors name")

    slug: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    former: Mapped[list[str]] = mapped_column(server_default="{}")


class Title(Base):
    """A film or a series. `runtime` in whole seconds, `maturity` the age needed, `genres` by slug, `certificates` national
    ratings by system, `descriptors` what these warn of.

    `sort_name` is where it stands in an alphabet (`collation.py`); its name in lower case where there is none.
    `availability` is `listed` where it may be shown before anything of it can be played.
    `free_trailers` where its trailers need no plan.
    `published_at` is when the title was first published; from then on every change is told to the other services.
    """

    __tablename__ = "titles"
    __lifetime__ = Forever("the catalogue itself")
    __table_args__ = (
        CheckConstraint("type IN ('movie', 'series')", name="type"),
        CheckConstraint(
            "status IN ('draft', 'review', 'approved', 'scheduled', 'published', 'archived')", name="status"
        ),
        CheckConstraint("maturity IN (0, 7, 12, 16, 18)", name="maturity"),
        Index(
            "ix_titles_newest",
            text("published_at DESC"),
            text("id DESC"),
            postgresql_where=text("status = 'published'"),
        ),
        CheckConstraint("availability IN ('playable', 'listed')", name="availability"),
        *(
            Index(name, *map(text, columns), postgresql_where=text("status = 'published'"))
            for name, columns in {
                "ix_titles_by_year": ("coalesce(year, 0) DESC", "id DESC"),
                "ix_titles_by_country": ("country", "published_at DESC", "id DESC"),
                "ix_titles_by_language": ("language", "published_at DESC", "id DESC"),
                "ix_titles_by_availability": ("availability", "published_at DESC", "id DESC"),
                "ix_titles_by_runtime": ("runtime",),
            }.items()
        ),
        Index("ix_titles_sort_name", text("coalesce(sort_name, lower(name))"), "id"),
        Index("ix_titles_genres", "genres", postgresql_using="gin"),
        Index("ix_titles_tags", "tags", postgresql_using="gin"),
        Index("ix_titles_cast_names", "cast_names", postgresql_using="gin"),
        Index("ix_titles_directors", "directors", postgresql_using="gin"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    status: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    sort_name: Mapped[str | None]
    description: Mapped[str]
    tagline: Mapped[str] = mapped_column(server_default="")
    other_names: Mapped[list[str]] = mapped_column(server_default="{}")
    year: Mapped[int | None] = mapped_column(SmallInteger)
    genres: Mapped[list[str]]
    cast_names: Mapped[list[str]]
    directors: Mapped[list[str]]
    tags: Mapped[list[str]]
    language: Mapped[str]
    country: Mapped[str]
    maturity: Mapped[int] = mapped_column(SmallInteger)
    certificates: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    descriptors: Mapped[list[str]] = mapped_column(server_default="{}")
    runtime: Mapped[int | None]
    availability: Mapped[str] = mapped_column(server_default="playable")
    free_trailers: Mapped[bool] = mapped_column(server_default="true")
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Window(Base):
    """When and where a title may be shown; no regions means everywhere."""

    __tablename__ = "windows"
    __lifetime__ = Forever("a few for each title")

    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    regions: Mapped[list[str]]


class Season(Base):
    """A season of a series. `texts` is what it says in other languages, by language."""

    __tablename__ = "seasons"
    __lifetime__ = Forever("a few for each series")
    __table_args__ = (UniqueConstraint("title_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class Playable(Base):
    """What can be played: a film, or an episode. `asset_id` points at the encoded version viewers get; markers in seconds."""

    __tablename__ = "playables"
    __lifetime__ = Forever("one for each film or episode")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), index=True)
    asset_id: Mapped[UUID | None]
    intro_start: Mapped[float | None]
    intro_end: Mapped[float | None]
    credits_start: Mapped[float | None]


class Episode(Base):
    """An episode of a season. `runtime` in whole seconds; `texts` is what it says in other languages, by language."""

    __tablename__ = "episodes"
    __lifetime__ = Forever("the catalogue itself")
    __table_args__ = (UniqueConstraint("season_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    season_id: Mapped[UUID] = mapped_column(ForeignKey("seasons.id", ondelete="CASCADE"))
    playable_id: Mapped[UUID] = mapped_column(ForeignKey("playables.id", ondelete="CASCADE"), unique=True)
    number: Mapped[int] = mapped_column(SmallInteger)
    name: Mapped[str]
    description: Mapped[str]
    runtime: Mapped[int | None]
    texts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class Trailer(Base):
    """A trailer of a title, or another extra (`kind`). `asset_id` as of a playable; apart from playables, since none makes a
    title playable. `texts` is what it is called in other languages, by language.
    """

    __tablename__ = "trailers"
    __lifetime__ = Forever("a few for each title")
    __table_args__ = (
        CheckConstraint("kind IN ('trailer', 'teaser', 'behind_the_scenes', 'clip', 'featurette')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), index=True)
    playable_id: Mapped[UUID] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str] = mapped_column(server_default="trailer")
    name: Mapped[str]
    texts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    language: Mapped[str]
    asset_id: Mapped[UUID | None]


class Asset(Base):
    """What the pipeline told us of an asset; kept for every one so that a playable can be pointed back at an older one."""

    __tablename__ = "playable_assets"
    __lifetime__ = Forever("one for each upload; an older one can be returned to")
    __table_args__ = (
        CheckConstraint("status IN ('ready', 'failed')", name="status"),
        Index("ix_playable_assets_playable_id", "playable_id", "uploaded_at"),
    )

    asset_id: Mapped[UUID] = mapped_column(primary_key=True)
    playable_id: Mapped[UUID]
    version: Mapped[int]
    status: Mapped[str]
    duration: Mapped[float | None]
    hls: Mapped[str | None]
    dash: Mapped[str | None]
    thumbnails: Mapped[str | None]
    renditions: Mapped[list[dict[str, Any]]]
    tracks: Mapped[list[dict[str, Any]]]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    uploaded_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]


class Image(Base):
    """Artwork of a title or the still of an episode. `variants` maps a width in pixels to an object key."""

    __tablename__ = "images"
    __lifetime__ = Forever("a few for each title")
    # By the objects that they are made of.
    __table_args__ = (
        Index("ix_images_objects", text("jsonb_path_query_array(variants, '$.*')"), postgresql_using="gin"),
    )

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    variants: Mapped[dict[str, Any]]
    width: Mapped[int]
    height: Mapped[int]
    color: Mapped[str]
    blurhash: Mapped[str | None]
    updated_at: Mapped[datetime]


class Audit(Base):
    """Who changed what of a title or a person, when: as it was before and after. `actor` is empty for the pipeline.

    `version` is the one that the edit made.
    """

    __tablename__ = "audit"
    __lifetime__ = Lifetime("at", timedelta(days=730))
    __table_args__ = (Index("ix_audit_title_id_at", "title_id", text("at DESC")), Index("ix_audit_at", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column("title_id")  # the column is from when only titles were edited
    actor: Mapped[UUID | None]
    action: Mapped[str]
    version: Mapped[int | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]
