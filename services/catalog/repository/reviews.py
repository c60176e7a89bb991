"""Reviews: what viewers read on the asyncpg pool, and what they write, vote and report in transactions.

Whoever changes more than one review, or a review and its title's ratings, locks the ratings' total first and then the reviews in
the order of their ids.
"""

# ruff: noqa: S608  (put together from the constants of this file)

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from services.catalog.models import Review
from services.catalog.repository.browse import VISIBLE, Viewer

# sort → (its key, the key's type in a cursor's statement, its order)
SORTS = {
    "helpful": ("(r.helpful - r.unhelpful)", "bigint", "DESC"),
    "newest": ("r.written_at", "timestamptz", "DESC"),
    "highest": ("coalesce(r.stars, 0)", "bigint", "DESC"),
    "lowest": ("coalesce(r.stars, 6)", "bigint", "ASC"),
}
AUTHOR = """(SELECT p ->> 'name' FROM accounts a, jsonb_array_elements(a.profiles) p
  WHERE a.account_id = r.account_id AND p ->> 'id' = r.profile_id::text)"""
HOUR = timedelta(hours=1)


async def page(
    db: Database,
    title_id: UUID,
    profile_id: UUID,
    account_id: UUID,
    *,
    sort: str,
    after: tuple[Any, UUID] | None,
    limit: int,
) -> list[Any]:
    """Return what others wrote about a title, in the given order after the cursor; each row carries its `sort_key`."""
    key, kind, order = SORTS[sort]
    beyond = "<" if order == "DESC" else ">"
    return await db.pool.fetch(
        f"""SELECT r.id, r.text, r.spoiler, r.stars, r.helpful, r.unhelpful, r.written_at, r.edited_at, {AUTHOR} AS author,
        (SELECT v.helpful FROM review_votes v WHERE v.review_id = r.id AND v.profile_id = $2) AS my_vote,
        EXISTS (SELECT FROM review_reports o WHERE o.review_id = r.id AND o.account_id = $3
          AND (NOT o.settled OR o.reported_at >= coalesce(r.edited_at, r.written_at))) AS reported,
        {key} AS sort_key FROM reviews r WHERE r.title_id = $1 AND r.state = 'visible' AND r.profile_id <> $2
        AND ($4::{kind} IS NULL OR ({key}, r.id) {beyond} ($4, $5::uuid)) ORDER BY {key} {order}, r.id {order} LIMIT $6""",
        title_id, profile_id, account_id, after[0] if after else None, after[1] if after else None, limit,
    )  # fmt: skip


async def count(db: Database, title_id: UUID) -> int:
    """Return how many reviews of a title everybody may read."""
    found: int = await db.pool.fetchval(
        "SELECT count(*) FROM reviews WHERE title_id = $1 AND state = 'visible'", title_id
    )
    return found


async def own(db: Database, title_id: UUID, profile_id: UUID) -> Any | None:
    """Return the profile's own review of a title, in whatever state, unless they have deleted it."""
    return await db.pool.fetchrow(
        f"SELECT r.*, {AUTHOR} AS author FROM reviews r WHERE r.title_id = $1 AND r.profile_id = $2"
        " AND r.state <> 'withdrawn'",
        title_id, profile_id,
    )  # fmt: skip


async def title_of(db: Database, viewer: Viewer, review_id: UUID) -> UUID | None:
    """Return the title of a review, where the viewer may see that title."""
    found: UUID | None = await db.pool.fetchval(
        f"SELECT t.id FROM reviews r JOIN titles t ON t.id = r.title_id WHERE {VISIBLE} AND r.id = $4",
        viewer.country, viewer.maturity, viewer.now, review_id,
    )  # fmt: skip
    return found


async def lock(session: AsyncSession, review_id: UUID) -> Review | None:
    """Return a review that nobody else changes until the transaction ends."""
    return await session.get(Review, review_id, with_for_update=True, populate_existing=True)


async def of_profile(session: AsyncSession, title_id: UUID, profile_id: UUID) -> Review | None:
    """Return the profile's review of a title, in whatever state, that nobody else changes until the transaction ends."""
    theirs = select(Review).where(Review.title_id == title_id, Review.profile_id == profile_id)
    return (await session.scalars(theirs.with_for_update())).first()


async def is_reported(session: AsyncSession, review_id: UUID) -> bool:
    """Return whether somebody has something against a review that nobody has decided about yet."""
    found = await session.execute(
        text("SELECT EXISTS (SELECT FROM review_reports WHERE review_id = :review AND NOT settled)"),
        {"review": review_id},
    )
    return bool(found.scalar_one())


async def forget_votes(session: AsyncSession, review: Review) -> None:
    """Delete every vote on a review that the caller has locked."""
    await session.execute(text("DELETE FROM review_votes WHERE review_id = :review"), {"review": review.id})
    review.helpful = review.unhelpful = 0


async def vote(session: AsyncSession, review: Review, profile_id: UUID, account_id: UUID, helpful: bool | None) -> None:
    """Set, change or take back a profile's vote on a review that the caller has locked."""
    known = {"review": review.id, "profile": profile_id}
    before = (
        await session.execute(
            text("DELETE FROM review_votes WHERE review_id = :review AND profile_id = :profile RETURNING helpful"),
            known,
        )
    ).scalar()
    if helpful is not None:
        await session.execute(
            text(
                "INSERT INTO review_votes (review_id, profile_id, account_id, helpful)"
                " VALUES (:review, :profile, :account, :helpful)"
            ),
            {**known, "account": account_id, "helpful": helpful},
        )
    review.helpful += (helpful is True) - (before is True)
    review.unhelpful += (helpful is False) - (before is False)


async def report(
    session: AsyncSession, review: Review, account_id: UUID, reason: str, note: str, now: datetime
) -> int | None:
    """Keep what an account has against a review; return how many have something nobody has decided about yet.

    None where the account has reported what the review says now. What was decided about before an edit makes way for it.
    """
    added = await session.execute(
        text(
            "INSERT INTO review_reports AS o (review_id, account_id, reason, note, settled, reported_at)"
            " VALUES (:review, :account, :reason, :note, false, :now) ON CONFLICT (review_id, account_id) DO UPDATE"
            " SET reason = :reason, note = :note, settled = false, reported_at = :now"
            " WHERE o.settled AND o.reported_at < :said RETURNING 1"
        ),
        {
            "review": review.id,
            "account": account_id,
            "reason": reason,
            "note": note,
            "now": now,
            "said": review.edited_at or review.written_at,
        },
    )
    if added.scalar() is None:
        return None
    open_ = await session.execute(
        text("SELECT count(*) FROM review_reports WHERE review_id = :review AND NOT settled"), {"review": review.id}
    )
    return int(open_.scalar_one())


async def count_writing(session: AsyncSession, account_id: UUID, now: datetime) -> tuple[int, datetime]:
    """Count something an account writes; return how much that makes in its hour, and when that hour is over."""
    counted = await session.execute(
        text(
            "INSERT INTO writing_rates AS w (account_id, since, count) VALUES (:account, :now, 1)"
            " ON CONFLICT (account_id) DO UPDATE SET"
            " since = CASE WHEN w.since <= :before THEN :now ELSE w.since END,"
            " count = CASE WHEN w.since <= :before THEN 1 ELSE w.count + 1 END RETURNING count, since"
        ),
        {"account": account_id, "now": now, "before": now - HOUR},
    )
    count, since = counted.one()
    return count, since + HOUR


async def forget(session: AsyncSession, account_id: UUID, profiles: Sequence[UUID] | None = None) -> None:
    """Delete what an account, or some of its profiles, wrote and voted; of a whole account its reports too."""
    whose = {"account": account_id, "profiles": None if profiles is None else list(profiles)}
    mine = (
        "account_id = :account AND (CAST(:profiles AS uuid[]) IS NULL OR profile_id = ANY (CAST(:profiles AS uuid[])))"
    )
    await session.execute(
        text(
            f"SELECT FROM reviews WHERE {mine} OR id IN (SELECT review_id FROM review_votes WHERE {mine})"
            " ORDER BY id FOR UPDATE"
        ),
        whose,
    )
    await session.execute(
        text(
            f"WITH gone AS (DELETE FROM review_votes WHERE {mine} RETURNING review_id, helpful),"
            " less AS (SELECT review_id, count(*) FILTER (WHERE helpful) AS up, count(*) FILTER (WHERE NOT helpful) AS down"
            " FROM gone GROUP BY review_id)"
            " UPDATE reviews r SET helpful = r.helpful - less.up, unhelpful = r.unhelpful - less.down FROM less"
            " WHERE r.id = less.review_id"
        ),
        whose,
    )
    await session.execute(text(f"DELETE FROM reviews WHERE {mine}"), whose)
    if profiles is None:
        for table in ("review_reports", "writing_rates"):
            await session.execute(text(f"DELETE FROM {table} WHERE account_id = :account"), {"account": account_id})
