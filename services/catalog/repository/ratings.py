"""Ratings and their totals, changed together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database

_WHOSE = "account_id = :account AND (CAST(:profiles AS uuid[]) IS NULL OR profile_id = ANY (CAST(:profiles AS uuid[])))"


async def hold(session: AsyncSession, title_id: UUID) -> None:
    """Lock a title's total: two ratings of one title are added one after the other."""
    await session.execute(
        text("INSERT INTO rating_totals (title_id, count, sum) VALUES (:title, 0, 0) ON CONFLICT DO NOTHING"),
        {"title": title_id},
    )
    await session.execute(text("SELECT FROM rating_totals WHERE title_id = :title FOR UPDATE"), {"title": title_id})


async def rate(
    session: AsyncSession, title_id: UUID, profile_id: UUID, account_id: UUID, stars: int | None, now: datetime
) -> Any:
    """Set a profile's rating, or take it away with None; return the total as `(count, sum)`. Its review follows."""
    await hold(session, title_id)
    known = {"title": title_id, "profile": profile_id}
    before = (
        await session.execute(
            text("SELECT stars FROM ratings WHERE title_id = :title AND profile_id = :profile"), known
        )
    ).scalar()
    if stars is None:
        await session.execute(text("DELETE FROM ratings WHERE title_id = :title AND profile_id = :profile"), known)
    else:
        await session.execute(
            text(
                "INSERT INTO ratings (title_id, profile_id, account_id, stars, rated_at)"
                " VALUES (:title, :profile, :account, :stars, :now)"
                " ON CONFLICT (title_id, profile_id) DO UPDATE SET stars = excluded.stars, rated_at = excluded.rated_at"
            ),
            {**known, "account": account_id, "stars": stars, "now": now},
        )
    await session.execute(
        text("UPDATE reviews SET stars = :stars WHERE title_id = :title AND profile_id = :profile"),
        {**known, "stars": stars},
    )
    return (
        await session.execute(
            text(
                "UPDATE rating_totals SET count = count + :more, sum = sum + :points WHERE title_id = :title"
                " RETURNING count, sum"
            ),
            {
                "title": title_id,
                "more": (stars is not None) - (before is not None),
                "points": (stars or 0) - (before or 0),
            },
        )
    ).one()


async def own(db: Database, asked: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """What profiles gave titles, of those given in pairs (title, profile) that have a rating."""
    rows = await db.pool.fetch(
        "SELECT r.title_id, r.profile_id, r.stars FROM unnest($1::uuid[], $2::uuid[]) AS a (title_id, profile_id)"
        " JOIN ratings r USING (title_id, profile_id)",
        [title for title, _ in asked], [profile for _, profile in asked],
    )  # fmt: skip
    return {(row["title_id"], row["profile_id"]): row["stars"] for row in rows}


async def forget(session: AsyncSession, account_id: UUID, profiles: Sequence[UUID] | None = None) -> list[Any]:
    """Take away every rating of an account, or of some of its profiles, and its part in the totals.

    Return these as `(title_id, count, sum)`.
    """
    totals: list[Any] = []
    whose = {"account": account_id, "profiles": None if profiles is None else list(profiles)}
    # First the totals, in the order of the titles, then the ratings: as `rate` does, or the two would wait for each other.
    while held := await _hold_totals(session, whose):
        left = await session.execute(
            text(
                f"WITH gone AS (DELETE FROM ratings WHERE {_WHOSE} AND title_id = ANY (:titles)"  # noqa: S608
                " RETURNING title_id, stars),"
                " less AS (SELECT title_id, count(*) AS n, sum(stars) AS points FROM gone GROUP BY title_id)"
                " UPDATE rating_totals r SET count = r.count - less.n, sum = r.sum - less.points FROM less"
                " WHERE r.title_id = less.title_id RETURNING r.title_id, r.count, r.sum"
            ),
            {**whose, "titles": held},
        )
        totals += left
    return totals


async def _hold_totals(session: AsyncSession, whose: dict[str, Any]) -> list[UUID]:
    """Lock the totals of every title that was rated; return these titles."""
    held = await session.execute(
        text(
            "SELECT title_id FROM rating_totals WHERE title_id IN"  # noqa: S608
            f" (SELECT title_id FROM ratings WHERE {_WHOSE}) ORDER BY title_id FOR UPDATE"
        ),
        whose,
    )
    return list(held.scalars())
