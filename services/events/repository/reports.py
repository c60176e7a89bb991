"""What staff read of viewings: computed from what is stored when it is asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from libs.chassis.data.database import Database

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
    """How many plays began in each minute in which any did, and how they went."""
    rows = await db.pool.fetch(
        """SELECT date_trunc('minute', started_at) AS at, count(*) AS plays, count(beacon ->> 'ec') AS failed,
              percentile_cont(0.5) WITHIN GROUP (ORDER BY (beacon ->> 'msd')::float8) AS startup_p50_ms,
              percentile_cont(0.95) WITHIN GROUP (ORDER BY (beacon ->> 'msd')::float8) AS startup_p95_ms
            FROM viewings WHERE started_at > $1 AND started_at <= $2 AND NOT trailer GROUP BY 1 ORDER BY 1""",
        since, until,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def playing(db: Database, now: datetime) -> int:
    """How many viewings go on."""
    query = "SELECT count(*) FROM viewings WHERE ended_at IS NULL AND started_at > $1 AND NOT trailer"
    found: int = await db.pool.fetchval(query, now - LONGEST)
    return found
