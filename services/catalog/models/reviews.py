"""What viewers write about titles, what others say to that, and what moderators decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever, Lifetime
from services.catalog.models.base import Base

_SHOWN = text("state = 'visible'")


class Account(Base):
    """Copy of an account's profiles, from identity.accounts: what their reviews are signed with, and whose have to go."""

    __tablename__ = "accounts"
    __lifetime__ = Forever("one row for each account")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    profiles: Mapped[list[dict[str, Any]]]


class Review(Base):
    """What a profile wrote about a title. `stars` are the profile's rating of it, kept here too so that reviews sort by them.

    `state`: `visible`; `held` for a moderator, for the reasons `held_for`, since `waiting_since`; `removed` by one; or
    `withdrawn` by its writer while moderators had to do with it. `notice`
    is what a moderator said to the writer. `revision` grows with each edit and each decision.
    """

    __tablename__ = "reviews"
    __lifetime__ = Forever("one for each title a profile wrote about, gone with the profile")
    __table_args__ = (
        UniqueConstraint("title_id", "profile_id"),
        CheckConstraint("state IN ('visible', 'held', 'removed', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'held') = (waiting_since IS NOT NULL)", name="waiting"),
        Index("ix_reviews_newest", "title_id", "written_at", "id", postgresql_where=_SHOWN),
        Index("ix_reviews_helpful", "title_id", text("(helpful - unhelpful)"), "id", postgresql_where=_SHOWN),
        Index("ix_reviews_highest", "title_id", text("coalesce(stars, 0)"), "id", postgresql_where=_SHOWN),
        Index("ix_reviews_lowest", "title_id", text("coalesce(stars, 6)"), "id", postgresql_where=_SHOWN),
        Index("ix_reviews_waiting", "waiting_since", "id", postgresql_where=text("waiting_since IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"))
    profile_id: Mapped[UUID]
    account_id: Mapped[UUID] = mapped_column(index=True)
    text: Mapped[str]
    spoiler: Mapped[bool]
    stars: Mapped[int | None] = mapped_column(SmallInteger)
    state: Mapped[str]
    held_for: Mapped[list[str]]
    notice: Mapped[str | None]
    revision: Mapped[int]
    helpful: Mapped[int]
    unhelpful: Mapped[int]
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]


class ReviewVersion(Base):
    """A review as it was before an edit, until `replaced_at`."""

    __tablename__ = "review_versions"
    __lifetime__ = Forever("the history of reviews, gone with them")

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    spoiler: Mapped[bool]
    stars: Mapped[int | None] = mapped_column(SmallInteger)
    replaced_at: Mapped[datetime]


class ReviewVote(Base):
    """Whether a profile found a review helpful."""

    __tablename__ = "review_votes"
    __lifetime__ = Forever("one for each review a profile voted on, gone with either")

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True)
    profile_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(index=True)
    helpful: Mapped[bool]


class ReviewReport(Base):
    """What an account has against a review as it reads; `settled` when a moderator has decided about it.

    An edit makes it a report of other words: once it is settled, the account's next one takes its place.
    """

    __tablename__ = "review_reports"
    __lifetime__ = Forever("one for each review an account reported, gone with either")
    __table_args__ = (CheckConstraint("reason IN ('spam', 'abuse', 'spoiler', 'off_topic', 'other')", name="reason"),)

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    reason: Mapped[str]
    note: Mapped[str]
    settled: Mapped[bool]
    reported_at: Mapped[datetime]


class ReviewEvent(Base):
    """What was decided about a review, by whom and why; `actor` is empty where the rules did. It outlives the review."""

    __tablename__ = "review_log"
    __lifetime__ = Lifetime("at", timedelta(days=730))
    __table_args__ = (Index("ix_review_log_review_id_at", "review_id", "at"), Index("ix_review_log_at", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    review_id: Mapped[UUID]
    actor: Mapped[UUID | None]
    action: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime]


class WritingRate(Base):
    """How much an account has written and reported in the hour that began at `since`."""

    __tablename__ = "writing_rates"
    __lifetime__ = Lifetime("since", timedelta(days=1))
    __table_args__ = (Index("ix_writing_rates_since", "since"),)

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int]
