"""Titles in the order they changed, and the news that wakes whoever follows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database

CHANNEL = "recommendation_changes"
# Who changes a title holds this until the commit, so that numbers appear in the order they were given: a replica that has seen
# number 7 never misses a number 6.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('bijou.recommendation.changes'))")


async def lock(session: AsyncSession) -> None:
    """Wait for the turn to change titles; it is had until the transaction ends."""
    await session.execute(_LOCK)


async def tell(session: AsyncSession) -> None:
    """Wake those who follow, at the commit."""
    await session.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))


async def newest(db: Database) -> int:
    """The number of the last change; 0 where there is no title."""
    found: int = await db.pool.fetchval("SELECT coalesce(max(seq), 0) FROM titles")
    return found


async def after(db: Database, position: int, limit: int) -> list[Any]:
    """The titles that changed after a position, the oldest change first."""
    return await db.pool.fetch(
        "SELECT seq, title_id, status, entry FROM titles WHERE seq > $1 ORDER BY seq LIMIT $2", position, limit
    )
