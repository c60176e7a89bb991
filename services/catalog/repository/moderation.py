"""What moderators read and write: the queue, a review with all that was said about it, the log."""

# ruff: noqa: S608  (put together from the constants of this file)

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from services.catalog.models import ReviewEvent
from services.catalog.repository.accounts import NAME
from services.catalog.repository.reviews import AUTHOR

REPORTS = """(SELECT jsonb_agg(jsonb_build_object('reason', o.reason, 'note', o.note, 'settled', o.settled,
  'reported_at', o.reported_at) ORDER BY o.reported_at, o.account_id) FROM review_reports o WHERE o.review_id = r.id)"""
VERSIONS = """(SELECT jsonb_agg(jsonb_build_object('revision', v.revision, 'text', v.text, 'spoiler', v.spoiler,
  'stars', v.stars, 'replaced_at', v.replaced_at) ORDER BY v.revision) FROM review_versions v WHERE v.review_id = r.id)"""
LOG = f"""(SELECT jsonb_agg(jsonb_build_object('actor', l.actor, 'action', l.action, 'why', l.why, 'at', l.at,
  'actor_name', (SELECT {NAME} FROM accounts a WHERE a.account_id = l.actor)) ORDER BY l.at, l.id)
  FROM review_log l WHERE l.review_id = r.id)"""
WHOLE = f"""SELECT r.*, t.name AS title_name, {AUTHOR} AS author, {REPORTS} AS reports, {VERSIONS} AS versions, {LOG} AS log
FROM reviews r JOIN titles t ON t.id = r.title_id"""


async def table(db: Database, state: str, *, limit: int, offset: int) -> tuple[list[Any], int]:
    """Return one page of the reviews in a state and how many there are: who waits longest first, else the newest."""
    order = "r.waiting_since, r.id" if state == "held" else "r.written_at DESC, r.id DESC"
    total: int = await db.pool.fetchval("SELECT count(*) FROM reviews WHERE state = $1", state)
    rows = await db.pool.fetch(f"{WHOLE} WHERE r.state = $1 ORDER BY {order} LIMIT $2 OFFSET $3", state, limit, offset)
    return rows, total


async def whole(db: Database, review_id: UUID) -> Any | None:
    """Return a review with what was said about it."""
    return await db.pool.fetchrow(f"{WHOLE} WHERE r.id = $1", review_id)


async def is_decided(session: AsyncSession, review_id: UUID) -> bool:
    """Return whether a moderator has ever decided about a review."""
    found = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM review_log WHERE review_id = :review AND action IN ('keep', 'warn', 'remove'))"
            " OR EXISTS (SELECT FROM review_reports WHERE review_id = :review AND settled)"
        ),
        {"review": review_id},
    )
    return bool(found.scalar_one())


async def settle(session: AsyncSession, review_id: UUID) -> None:
    """Mark what was reported of a review as decided about."""
    await session.execute(
        text("UPDATE review_reports SET settled = true WHERE review_id = :review"), {"review": review_id}
    )


def log(session: AsyncSession, review_id: UUID, actor: UUID | None, action: str, why: str, now: datetime) -> None:
    """Keep what happened to a review, and who did it."""
    session.add(ReviewEvent(id=new_id(), review_id=review_id, actor=actor, action=action, why=why, at=now))
