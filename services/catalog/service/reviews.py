"""What viewers do with reviews: read, write, change, vote, report. A child's profile does none of it.

A review's stars are its profile's rating of the title: both change in one transaction, with the title's total.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.http.pagination import encode_cursor
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.problems import Conflict, Forbidden, NotFound, TooMany
from libs.chassis.security.auth import ProfileRequired
from libs.contracts.token import Principal
from services.catalog.models import Review, ReviewVersion
from services.catalog.repository import accounts, browse, moderation, ratings, reviews
from services.catalog.repository.browse import Viewer
from services.catalog.schemas.reviews import OwnReview, ReportBody, ReviewBody, ReviewItem, Reviews, Votes, Written
from services.catalog.service import orders, snapshot
from services.catalog.service.browse import rating_of
from services.catalog.service.unit_of_work import TitleNotFound
from services.catalog.settings import Settings
from services.catalog.wording import Wording

# What a cursor carries for each order.
SORT_KEYS: dict[str, type] = {"helpful": int, "newest": datetime, "highest": int, "lowest": int}
# Why a review waits for a moderator, as its writer reads it.
NOTICES = {
    "link": "Your review has a link or an address in it.",
    "word": "Your review has a word in it that we look at first.",
    "reports": "Others have reported your review.",
    "removed": "A moderator had removed your review before you changed it.",
    "decided": "A moderator had decided about your review before you changed it.",
}
# Why a review waits, whatever it says now.
STICKING = frozenset({"reports", "removed", "decided"})
WAIT = "Somebody looks at it before others can read it."


class ReviewNotFound(NotFound):
    """There is no such review here."""

    code = "review_not_found"


class NoReviewsForKids(Forbidden):
    """Reviews are not a part of children's profiles."""

    code = "no_reviews_for_kids"


class ReviewExists(Conflict):
    """This profile has reviewed the title already. Change that review instead."""

    code = "review_exists"


class OwnReviewRefused(Forbidden):
    """This is your own review: voting on it, reporting it and deciding about it are for others."""

    code = "own_review"


class Reviewing:
    """Use cases of viewers with reviews."""

    def __init__(self, db: Database, clock: Clock, settings: Settings) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._wording = Wording(settings.review_words)

    def _viewer(self, who: Principal) -> Viewer:
        return Viewer(who.country, who.maturity, self._clock.now())

    async def page(self, who: Principal, title_id: UUID, *, sort: str, limit: int, cursor: str | None) -> Reviews:
        """What others wrote about a title, and what this profile did."""
        if not await browse.is_visible(self._db, self._viewer(who), title_id):
            raise TitleNotFound
        if who.kids:
            return Reviews(items=[], mine=None, count=0, may_write=False)
        rows = await reviews.page(
            self._db, title_id, who.profile, who.account_id,
            sort=sort, after=orders.place(sort, SORT_KEYS, cursor), limit=limit + 1,
        )  # fmt: skip
        more = len(rows) > limit
        rows = rows[:limit]
        own = await reviews.own(self._db, title_id, who.profile)
        return Reviews(
            items=[_item(row) for row in rows],
            next_cursor=encode_cursor(sort, rows[-1]["sort_key"], rows[-1]["id"]) if more else None,
            mine=_own(own) if own else None,
            count=await reviews.count(self._db, title_id),
            may_write=True,
        )

    async def write(self, who: Principal, title_id: UUID, body: ReviewBody) -> Written:
        """Write the profile's review of a title, and rate it with the review's stars."""
        _grown_up(who)
        viewer = self._viewer(who)
        if not await browse.is_visible(self._db, viewer, title_id):
            raise TitleNotFound
        async with self._db.transaction() as session:
            await self._admit(session, who, viewer.now)
            await ratings.hold(session, title_id)
            known = await reviews.of_profile(session, title_id, who.profile)
            total = await self._rate(session, who, title_id, body.stars, viewer.now)
            if known is not None and known.state != "withdrawn":
                raise ReviewExists(review_id=str(known.id))
            if known is not None:
                # What moderators had to do with comes back to them, whatever it says now.
                await self._say_again(session, known, body, viewer.now)
                known.written_at, known.edited_at = viewer.now, None
            else:
                review = Review(
                    id=new_id(),
                    title_id=title_id,
                    profile_id=who.profile,
                    account_id=who.account_id,
                    revision=1,
                    helpful=0,
                    unhelpful=0,
                    written_at=viewer.now,
                )
                self._say(session, review, body, (), viewer.now)
                session.add(review)
        return await self._written(who, title_id, total)

    async def change(self, who: Principal, review_id: UUID, body: ReviewBody) -> Written:
        """Change the profile's own review; what it said before is kept."""
        _grown_up(who)
        viewer = self._viewer(who)
        title_id = await reviews.title_of(self._db, viewer, review_id)
        if title_id is None:
            raise ReviewNotFound
        async with self._db.transaction() as session:
            await self._admit(session, who, viewer.now)
            await ratings.hold(session, title_id)
            review = await _owned(session, who, review_id)
            before = (review.text, review.spoiler, review.stars)
            total = await self._rate(session, who, title_id, body.stars, viewer.now)
            if before != (body.text, body.spoiler, body.stars):
                await self._say_again(session, review, body, viewer.now)
                review.edited_at = viewer.now
        return await self._written(who, title_id, total)

    async def delete(self, who: Principal, review_id: UUID) -> None:
        """Delete the profile's own review; its rating of the title stays.

        What others have reported or a moderator has decided about is gone for everybody who reads, and stays on record with
        that.
        """
        async with self._db.transaction() as session:
            review = await _owned(session, who, review_id)
            if not await _sticking(session, review):
                await session.delete(review)
                return
            review.state, review.waiting_since = "withdrawn", None
            review.revision += 1
            await reviews.forget_votes(session, review)
            moderation.log(session, review_id, None, "withdrawn", "Its writer has deleted it.", self._clock.now())

    async def vote(self, who: Principal, review_id: UUID, helpful: bool | None) -> Votes:
        """Say whether a review helped, or take that back with None."""
        async with self._db.transaction() as session:
            review = await self._others(session, who, review_id)
            await reviews.vote(session, review, who.profile, who.account_id, helpful)
        return Votes(helpful=review.helpful, unhelpful=review.unhelpful, mine=helpful)

    async def report(self, who: Principal, review_id: UUID, body: ReportBody) -> None:
        """Tell moderators about a review as it reads now, once for each account; enough of them hide it until one has decided."""
        now = self._clock.now()
        async with self._db.transaction() as session:
            review = await self._others(session, who, review_id)
            open_ = await reviews.report(session, review, who.account_id, body.reason, body.note, now)
            if open_ is None:
                return
            await self._count(session, who, now)
            if open_ >= self._settings.review_reports:
                review.state, review.held_for, review.waiting_since = "held", ["reports"], now
                moderation.log(session, review_id, None, "hidden", f"Reported by {open_} accounts.", now)

    async def _others(self, session: AsyncSession, who: Principal, review_id: UUID) -> Review:
        """Lock a review that the caller may read and has not written."""
        _grown_up(who)
        if await reviews.title_of(self._db, self._viewer(who), review_id) is None:
            raise ReviewNotFound
        await _not_gone(session, who)
        review = await reviews.lock(session, review_id)
        if review is not None and review.profile_id == who.profile:
            raise OwnReviewRefused
        if review is None or review.state != "visible":
            raise ReviewNotFound
        return review

    async def _admit(self, session: AsyncSession, who: Principal, now: datetime) -> None:
        await _not_gone(session, who)
        await self._count(session, who, now)

    async def _count(self, session: AsyncSession, who: Principal, now: datetime) -> None:
        written, over = await reviews.count_writing(session, who.account_id, now)
        if written > self._settings.review_writes_an_hour:
            raise TooMany(retry_after=max(1, round((over - now).total_seconds())))

    async def _rate(self, session: AsyncSession, who: Principal, title_id: UUID, stars: int, now: datetime) -> Any:
        total = await ratings.rate(session, title_id, who.profile, who.account_id, stars, now)
        await outbox.add(session, snapshot.rated(title_id, total.count, total.sum, now, who.profile, stars))
        return total

    async def _say_again(self, session: AsyncSession, review: Review, body: ReviewBody, now: datetime) -> None:
        """Put other words in the place of a review's, which are kept."""
        session.add(
            ReviewVersion(
                review_id=review.id, revision=review.revision, text=review.text, spoiler=review.spoiler,
                stars=review.stars, replaced_at=now,
            )
        )  # fmt: skip
        review.revision += 1
        self._say(session, review, body, await _sticking(session, review), now)

    def _say(
        self, session: AsyncSession, review: Review, body: ReviewBody, sticking: Sequence[str], now: datetime
    ) -> None:
        """Put a review's words in place, and hold it where a moderator has to see them first."""
        concerns = self._wording.concerns(body.text)
        hidden_now = concerns if review.held_for else [*concerns, *sticking]
        review.text, review.spoiler, review.stars = body.text, body.spoiler, body.stars
        review.held_for = [*concerns, *sticking]
        review.notice = None
        review.state = "held" if review.held_for else "visible"
        review.waiting_since = now if review.held_for else None
        if hidden_now:
            moderation.log(session, review.id, None, "held", " ".join(NOTICES[why] for why in hidden_now), now)

    async def _written(self, who: Principal, title_id: UUID, total: Any) -> Written:
        kept = await reviews.own(self._db, title_id, who.profile)
        if kept is None:
            raise ReviewNotFound
        return Written(review=_own(kept), rating=rating_of(total.count, total.sum))


def _grown_up(who: Principal) -> None:
    if who.kids:
        raise NoReviewsForKids


async def _not_gone(session: AsyncSession, who: Principal) -> None:
    if await accounts.is_gone(session, who.account_id, who.profile, who.version):
        raise ProfileRequired


async def _sticking(session: AsyncSession, review: Review) -> list[str]:
    """Why other words of a review wait for a moderator whatever they say: a decision and a report were about those of before."""
    why = STICKING.intersection(review.held_for)
    if await reviews.is_reported(session, review.id):
        why |= {"reports"}
    if "removed" not in why and await moderation.is_decided(session, review.id):
        why |= {"decided"}
    return sorted(why)


async def _owned(session: AsyncSession, who: Principal, review_id: UUID) -> Review:
    review = await reviews.lock(session, review_id)
    if review is None or review.profile_id != who.profile or review.state == "withdrawn":
        raise ReviewNotFound
    return review


def _item(row: Any) -> ReviewItem:
    return ReviewItem(
        id=row["id"],
        author=row["author"],
        stars=row["stars"],
        text=row["text"],
        spoiler=row["spoiler"],
        votes=Votes(helpful=row["helpful"], unhelpful=row["unhelpful"], mine=row["my_vote"]),
        reported=row["reported"],
        written_at=row["written_at"],
        edited_at=row["edited_at"],
    )


def _own(row: Any) -> OwnReview:
    held = [NOTICES[why] for why in row["held_for"]] if row["state"] == "held" else []
    return OwnReview(
        id=row["id"],
        author=row["author"],
        stars=row["stars"],
        text=row["text"],
        spoiler=row["spoiler"],
        votes=Votes(helpful=row["helpful"], unhelpful=row["unhelpful"], mine=None),
        state=row["state"],
        held_for=row["held_for"],
        notice=" ".join([*held, WAIT]) if held else row["notice"],
        written_at=row["written_at"],
        edited_at=row["edited_at"],
    )
