"""Ratings and their totals, changed together."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def rate(
    session: AsyncSession, title_id: UUID, profile_id: UUID, account_id: UUID, stars: int | None, now: datetime
) -> Any:
    """Set a profile's rating, or take it away with None; return the total as `(count, sum)`."""
    # The total's row is the lock: two ratings of one title are added one after the other.
    await session.execute(
        text("INSERT INTO rating_totals (title_id, count, sum) VALUES (:title, 0, 0) ON CONFLICT DO NOTHING"),
        {"title": title_id},
    )
    await session.execute(text("SELECT FROM rating_totals WHERE title_id = :title FOR UPDATE"), {"title": title_id})
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


async def forget(session: AsyncSession, account_id: UUID) -> list[Any]:
    """Take away every rating of an account, and its part in the totals; return these as `(title_id, count, sum)`."""
    totals: list[Any] = []
    # First the totals, in the order of the titles, then the ratings: as `rate` does, or the two would wait for each other.
    while held := await _hold_totals(session, account_id):
        left = await session.execute(
            text(
                "WITH gone AS (DELETE FROM ratings WHERE account_id = :account AND title_id = ANY (:titles)"
                " RETURNING title_id, stars),"
                " less AS (SELECT title_id, count(*) AS n, sum(stars) AS points FROM gone GROUP BY title_id)"
                " UPDATE rating_totals r SET count = r.count - less.n, sum = r.sum - less.points FROM less"
                " WHERE r.title_id = less.title_id RETURNING r.title_id, r.count, r.sum"
            ),
            {"account": account_id, "titles": held},
        )
        totals += left
    return totals


async def _hold_totals(session: AsyncSession, account_id: UUID) -> list[UUID]:
    """Lock the totals of every title that the account has rated; return these titles."""
    held = await session.execute(
        text(
            "SELECT title_id FROM rating_totals WHERE title_id IN (SELECT title_id FROM ratings WHERE account_id = :account)"
            " ORDER BY title_id FOR UPDATE"
        ),
        {"account": account_id},
    )
    return list(held.scalars())
