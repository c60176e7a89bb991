"""How many watch each title of late: counted by one replica for all of them, kept, and read by each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.chassis.data.database import Database
from services.recommendation.repository import longer

# Profiles that watched each title, those of long ago counting less (half after 14 days): of those that agreed, and no child's.
_COUNT = f"""
WITH {longer.AGREED}
INSERT INTO popularity (title_id, viewers)
SELECT title_id,
  sum(power(0.5::float8, extract(epoch FROM greatest($1 - last_at, interval '0'))::float8 / 1209600)) AS viewers
FROM plays JOIN agreed USING (account_id, profile_id)
WHERE last_at > $1 - interval '180 days' AND (watched IS NULL OR watched >= 60 OR finished)
GROUP BY title_id"""  # noqa: S608


async def count(db: Database, now: datetime) -> None:
    """Count anew, in place of what was counted before; who reads meanwhile has that."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL statement_timeout = '{longer.SECONDS}s'")
        await connection.execute("DELETE FROM popularity")
        await connection.execute(_COUNT, now, timeout=longer.SECONDS)
        await connection.execute(
            "INSERT INTO popularity_counted (one, at, seconds)"
            " VALUES (true, $1, extract(epoch FROM clock_timestamp() - transaction_timestamp()))"
            " ON CONFLICT (one) DO UPDATE SET at = excluded.at, seconds = excluded.seconds",
            now,
        )


async def counted(db: Database) -> tuple[datetime, float] | None:
    """When it was counted last, and how many seconds that took."""
    row = await db.pool.fetchrow("SELECT at, seconds FROM popularity_counted")
    return None if row is None else (row["at"], row["seconds"])


async def read(db: Database) -> Mapping[UUID, float]:
    """What was counted last."""
    async with longer.reading(db) as connection:
        rows = await connection.fetch("SELECT title_id, viewers FROM popularity", timeout=longer.SECONDS)
    return {row["title_id"]: row["viewers"] for row in rows}
