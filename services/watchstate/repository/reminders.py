"""Reminders, and which of them have come true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database

# Titles are stepped through by index, so that a thousand who wait for one title cost one look at it.
_DUE = text("""
WITH RECURSIVE awaited AS (
  (SELECT title_id FROM reminders WHERE arrived_at IS NULL ORDER BY title_id LIMIT 1)
  UNION ALL
  SELECT (SELECT r.title_id FROM reminders r WHERE r.arrived_at IS NULL AND r.title_id > a.title_id
    ORDER BY r.title_id LIMIT 1)
  FROM awaited a WHERE a.title_id IS NOT NULL
), here AS (
  SELECT t.title_id, t.maturity, t.windows FROM awaited JOIN titles t USING (title_id) WHERE t.status = 'published'
    AND EXISTS (SELECT FROM playables p WHERE p.title_id = t.title_id AND p.ready)
)
SELECT r.profile_id, r.title_id, r.account_id FROM here h
JOIN reminders r ON r.title_id = h.title_id AND r.arrived_at IS NULL
WHERE (jsonb_array_length(h.windows) = 0 OR EXISTS (
    SELECT FROM jsonb_to_recordset(h.windows) AS w (starts_at timestamptz, ends_at timestamptz, regions jsonb)
    WHERE (jsonb_array_length(w.regions) = 0 OR w.regions @> to_jsonb(r.country))
      AND (w.starts_at IS NULL OR w.starts_at <= :now) AND (w.ends_at IS NULL OR w.ends_at > :now)))
  AND NOT EXISTS (
    SELECT FROM accounts a, jsonb_array_elements(a.profiles) p WHERE a.account_id = r.account_id
      AND p ->> 'id' = CAST(r.profile_id AS text) AND CAST(p ->> 'maturity' AS int) < h.maturity)
LIMIT :limit
""")


async def of_profile(db: Database, profile_id: UUID) -> list[Any]:
    """A profile's reminders: what has arrived first, then what was asked for last."""
    return await db.pool.fetch(
        "SELECT title_id, asked_at, arrived_at FROM reminders WHERE profile_id = $1"
        " ORDER BY arrived_at DESC NULLS LAST, asked_at DESC, title_id",
        profile_id,
    )


async def number(session: AsyncSession, profile_id: UUID) -> int:
    """How many reminders a profile has."""
    found = await session.execute(
        text("SELECT count(*) FROM reminders WHERE profile_id = :profile"), {"profile": profile_id}
    )
    return int(found.scalar_one())


async def add(
    session: AsyncSession, profile_id: UUID, account_id: UUID, title_id: UUID, country: str, now: datetime
) -> bool:
    """Keep a reminder; False where there is one already."""
    row = await session.execute(
        text(
            "INSERT INTO reminders (profile_id, title_id, account_id, country, asked_at)"
            " VALUES (:profile, :title, :account, :country, :now) ON CONFLICT DO NOTHING RETURNING 1"
        ),
        {"profile": profile_id, "title": title_id, "account": account_id, "country": country, "now": now},
    )
    return row.first() is not None


async def remove(session: AsyncSession, profile_id: UUID, title_id: UUID) -> Any:
    """Forget a reminder; return its `arrived_at`, or None where there was no reminder."""
    row = await session.execute(
        text("DELETE FROM reminders WHERE profile_id = :profile AND title_id = :title RETURNING arrived_at"),
        {"profile": profile_id, "title": title_id},
    )
    return row.first()


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[Any]:
    """Some of the reminders whose titles can be played where their profiles are, and by them."""
    return (await session.execute(_DUE, {"now": now, "limit": limit})).all()


async def arrive(
    session: AsyncSession, profile_ids: Sequence[UUID], title_ids: Sequence[UUID], now: datetime
) -> Sequence[Any]:
    """Mark reminders, given in pairs, as come true; return those that nobody has marked before."""
    rows = await session.execute(
        text(
            "UPDATE reminders r SET arrived_at = :now FROM unnest(CAST(:profiles AS uuid[]), CAST(:titles AS uuid[]))"
            " AS d (profile_id, title_id) WHERE r.profile_id = d.profile_id AND r.title_id = d.title_id"
            " AND r.arrived_at IS NULL RETURNING r.profile_id, r.title_id, r.account_id"
        ),
        {"profiles": list(profile_ids), "titles": list(title_ids), "now": now},
    )
    return rows.all()
