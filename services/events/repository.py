"""All SQL of events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from services.events.models import Viewing

_KNOWN = text(
    "INSERT INTO viewings (session_id, heard_at) SELECT id, :now FROM unnest(CAST(:ids AS uuid[])) id ORDER BY id"
    " ON CONFLICT DO NOTHING"
)


async def viewings(session: AsyncSession, ids: Collection[UUID], now: datetime) -> dict[UUID, Viewing]:
    """Return the viewings of these sessions, locked in the order of their ids, those nobody knew yet as new ones."""
    await session.execute(_KNOWN, {"ids": sorted(ids), "now": now})
    found = await session.scalars(
        select(Viewing).where(Viewing.session_id.in_(ids)).order_by(Viewing.session_id).with_for_update()
    )
    return {viewing.session_id: viewing for viewing in found}


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[Viewing]:
    """Return viewings whose record is to be closed now, locked; another replica's are left to it."""
    found = await session.scalars(
        select(Viewing)
        .where(Viewing.due_at <= now)
        .order_by(Viewing.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.all()


async def forget(session: AsyncSession, account_ids: Collection[UUID]) -> None:
    """Forget the viewings of accounts."""
    await session.execute(delete(Viewing).where(Viewing.account_id.in_(account_ids)))


# What plays can be told apart by → the expression for it.
KEYS = {
    "everything": "NULL::text",
    "title": "title_id::text",
    "country": "beacon ->> 'country'",
    "device": "beacon ->> 'device_class'",
    "edge": "beacon ->> 'edge'",
}
# Playback ends every session some day; one that nobody told us the end of does not play for ever.
LONGEST = timedelta(hours=24)


async def groups(db: Database, since: datetime, until: datetime, by: str, limit: int) -> list[dict[str, Any]]:
    """How the plays that began in a window went, told apart by a key of `KEYS`, most plays first."""
    rows = await db.pool.fetch(
        f"""SELECT {KEYS[by]} AS key, count(*) AS plays, count(*) FILTER (WHERE ended_at IS NULL) AS playing,
              round(avg((beacon ->> 'ec' IS NOT NULL)::int) FILTER (WHERE beacon IS NOT NULL), 4)::float8 AS failure_rate,
              percentile_cont(0.5) WITHIN GROUP (ORDER BY (beacon ->> 'msd')::float8) AS startup_p50_ms,
              percentile_cont(0.95) WITHIN GROUP (ORDER BY (beacon ->> 'msd')::float8) AS startup_p95_ms,
              round(sum((beacon ->> 'bsda')::numeric)
                / nullif(sum((beacon ->> 'bsda')::numeric + (beacon ->> 'watched_ms')::numeric), 0), 4)::float8 AS rebuffer_ratio
            FROM viewings WHERE started_at > $1 AND started_at <= $2 AND NOT trailer
            {"" if by == "everything" else f"GROUP BY {KEYS[by]}"} ORDER BY count(*) DESC, 1 LIMIT $3""",  # noqa: S608
        since, until, limit,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def plays_a_minute(db: Database, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """How many plays began in each minute in which any did."""
    rows = await db.pool.fetch(
        "SELECT date_trunc('minute', started_at) AS at, count(*) AS plays FROM viewings"
        " WHERE started_at > $1 AND started_at <= $2 AND NOT trailer GROUP BY 1 ORDER BY 1",
        since, until,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def playing(db: Database, now: datetime) -> int:
    """How many viewings go on."""
    query = "SELECT count(*) FROM viewings WHERE ended_at IS NULL AND started_at > $1 AND NOT trailer"
    found: int = await db.pool.fetchval(query, now - LONGEST)
    return found
