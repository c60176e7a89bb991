"""What profiles like: read whole with each request, so that a play or a thumb counts at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from services.recommendation.repository import gone

HISTORY = 200
# Of what was watched before that only which titles it was; of a robot's not all.
SEEN = 5_000
# Of more verdicts or ratings the newest count.
SAID = 1_000


async def taste(db: Database, account_id: UUID, profile_id: UUID) -> Any:
    """`watched` (the newest first), `verdicts`, `stars`, `listed`, `uses`, `reset_at`; and `profile`, as identity told it last.

    `before`: which titles were watched before those.
    """
    return await db.pool.fetchrow(
        """WITH since AS (SELECT coalesce((SELECT at FROM resets WHERE profile_id = $2), '-infinity') AS at)
           SELECT (SELECT p FROM accounts, jsonb_array_elements(profiles) p WHERE account_id = $1 AND p ->> 'id' = $3) AS profile,
             ARRAY(SELECT (title_id, last_at, watched, finished) FROM plays WHERE profile_id = $2
                   ORDER BY last_at DESC LIMIT $4) AS watched,
             ARRAY(SELECT title_id FROM plays WHERE profile_id = $2 ORDER BY last_at DESC LIMIT $5 OFFSET $4) AS before,
             ARRAY(SELECT (title_id, verdict, said_at) FROM opinions WHERE profile_id = $2
                   ORDER BY said_at DESC LIMIT $6) AS verdicts,
             ARRAY(SELECT (title_id, stars) FROM stars, since WHERE profile_id = $2 AND stars IS NOT NULL
                   AND rated_at > since.at ORDER BY rated_at DESC LIMIT $6) AS stars,
             ARRAY(SELECT title_id FROM listed, since WHERE profile_id = $2 AND listed.listed AND listed.at > since.at
                   ORDER BY listed.at DESC LIMIT $4) AS listed,
             ARRAY(SELECT (kind, seen, chosen) FROM row_uses WHERE profile_id = $2) AS uses,
             (SELECT at FROM resets WHERE profile_id = $2) AS reset_at""",
        account_id, profile_id, str(profile_id), HISTORY, SEEN, SAID,
    )  # fmt: skip


async def owner(db: Database, profile_id: UUID) -> Any:
    """The `account_id` of a profile, and the `profile` as identity told it last; None where there is none."""
    return await db.pool.fetchrow(
        """SELECT account_id, p AS profile FROM accounts, jsonb_array_elements(profiles) p
           WHERE p ->> 'id' = $1 LIMIT 1""",
        str(profile_id),
    )


async def kept(db: Database, profile_id: UUID) -> int:
    """Of how many titles something is kept that is, or was, taken for what a profile likes."""
    found: int = await db.pool.fetchval(
        """WITH since AS (SELECT coalesce((SELECT at FROM resets WHERE profile_id = $1), '-infinity') AS at)
           SELECT count(*) FROM (
             SELECT title_id FROM plays WHERE profile_id = $1 UNION SELECT title_id FROM opinions WHERE profile_id = $1
             UNION SELECT title_id FROM stars, since WHERE profile_id = $1 AND stars IS NOT NULL AND rated_at > since.at
             UNION SELECT title_id FROM listed, since WHERE profile_id = $1 AND listed.listed AND listed.at > since.at) t""",
        profile_id,
    )
    return found


async def say(
    db: Database, profile_id: UUID, account_id: UUID, title_id: UUID, verdict: str | None, now: datetime
) -> None:
    """Keep what a profile says of a title, or with None take it back."""
    if verdict is None:
        await db.pool.execute("DELETE FROM opinions WHERE profile_id = $1 AND title_id = $2", profile_id, title_id)
        return
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(gone.HOLD)
        await connection.execute(
            "INSERT INTO opinions (profile_id, title_id, account_id, verdict, said_at)"
            f" SELECT $1::uuid, $2::uuid, $3::uuid, $4, $5 WHERE NOT {gone.one('$1::uuid', '$3::uuid')}"
            " ON CONFLICT (profile_id, title_id) DO UPDATE SET verdict = excluded.verdict, said_at = excluded.said_at",
            profile_id, title_id, account_id, verdict, now,
        )  # fmt: skip


async def reset(db: Database, profile_id: UUID, account_id: UUID, now: datetime) -> None:
    """Forget what is known of a profile's taste."""
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(gone.HOLD)
        await connection.execute(
            "INSERT INTO resets (profile_id, account_id, at)"
            f" SELECT $1::uuid, $2::uuid, $3 WHERE NOT {gone.one('$1::uuid', '$2::uuid')}"
            " ON CONFLICT (profile_id) DO UPDATE SET at = excluded.at",
            profile_id, account_id, now,
        )  # fmt: skip
        for table in ("plays", "opinions", "row_uses", "picture_trials"):
            await connection.execute(f"DELETE FROM {table} WHERE profile_id = $1", profile_id)  # noqa: S608


async def trending(db: Database) -> list[Any]:
    """What is watched most, by region."""
    return await db.pool.fetch("SELECT region, titles FROM trending")
