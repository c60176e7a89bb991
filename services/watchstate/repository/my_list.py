"""My List."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database


async def items(db: Database, profile_id: UUID, after: tuple[int, UUID] | None, limit: int) -> list[Any]:
    """Titles of a list in its order, with their ranks, from behind `after`."""
    return await db.pool.fetch(
        "SELECT title_id, rank, added_at FROM list_items WHERE profile_id = $1"
        " AND ($2::int8 IS NULL OR (rank, title_id) > ($2, $3::uuid)) ORDER BY rank, title_id LIMIT $4",
        profile_id, after[0] if after else None, after[1] if after else None, limit,
    )  # fmt: skip


async def size(session: AsyncSession, profile_id: UUID) -> int:
    """How many titles are in a list."""
    found = await session.execute(
        text("SELECT count(*) FROM list_items WHERE profile_id = :profile"), {"profile": profile_id}
    )
    return int(found.scalar_one())


async def contained(db: Database, profile_id: UUID, title_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these titles that are in the list."""
    rows = await db.pool.fetch(
        "SELECT title_id FROM list_items WHERE profile_id = $1 AND title_id = ANY ($2::uuid[]) ORDER BY title_id",
        profile_id, title_ids,
    )  # fmt: skip
    return [row["title_id"] for row in rows]


async def order(session: AsyncSession, profile_id: UUID) -> list[UUID]:
    """The titles of a list in its order, as it stands in this transaction."""
    rows = await session.execute(
        text("SELECT title_id FROM list_items WHERE profile_id = :profile ORDER BY rank, title_id"),
        {"profile": profile_id},
    )
    return list(rows.scalars())


async def add(session: AsyncSession, profile_id: UUID, account_id: UUID, title_id: UUID, now: datetime) -> bool:
    """Put a title at the top of a list; False where it is in it already."""
    row = await session.execute(
        text(
            "INSERT INTO list_items (profile_id, title_id, account_id, rank, added_at) SELECT CAST(:profile AS uuid),"
            " CAST(:title AS uuid), CAST(:account AS uuid), coalesce((SELECT min(rank) FROM list_items"
            " WHERE profile_id = CAST(:profile AS uuid)), 0) - 1, CAST(:now AS timestamptz)"
            " ON CONFLICT (profile_id, title_id) DO NOTHING RETURNING 1"
        ),
        {"profile": profile_id, "title": title_id, "account": account_id, "now": now},
    )
    return row.first() is not None


async def remove(session: AsyncSession, profile_id: UUID, title_id: UUID) -> bool:
    """Take a title out of a list; False where it was not in it."""
    row = await session.execute(
        text("DELETE FROM list_items WHERE profile_id = :profile AND title_id = :title RETURNING 1"),
        {"profile": profile_id, "title": title_id},
    )
    return row.first() is not None


async def clear(session: AsyncSession, profile_id: UUID) -> int:
    """Empty a list; return how many titles were in it."""
    rows = await session.execute(
        text("DELETE FROM list_items WHERE profile_id = :profile RETURNING 1"), {"profile": profile_id}
    )
    return len(rows.all())


async def set_order(session: AsyncSession, profile_id: UUID, title_ids: Sequence[UUID]) -> None:
    """Rank a list's titles as given."""
    await session.execute(
        text(
            "UPDATE list_items l SET rank = o.n FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS o (title_id, n)"
            " WHERE l.profile_id = :profile AND l.title_id = o.title_id"
        ),
        {"profile": profile_id, "ids": list(title_ids)},
    )
