"""Posters as they were shown and chosen, and what was estimated of choosing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from services.recommendation.engine.pictures import LEAST_CHANCE, USUAL
from services.recommendation.repository import gone, longer

# An estimate looks at no more than this many showings, the newest.
MOST = 300_000
# A card that was chosen was shown, whichever is told first; told again, nothing changes.
_TRIED = text(f"""
INSERT INTO picture_trials AS p (impression_id, title_id, profile_id, account_id, context, picture, chance, chosen, at)
SELECT r.impression_id, r.title_id, (array_agg(r.profile_id))[1], (array_agg(r.account_id))[1], (array_agg(r.context))[1],
  (array_agg(r.picture))[1], (array_agg(r.chance))[1], bool_or(r.chosen), min(r.at)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (impression_id uuid, title_id uuid, profile_id uuid, account_id uuid,
  context text, picture text, chance float8, chosen bool, at timestamptz)
WHERE NOT EXISTS (SELECT FROM resets s WHERE s.profile_id = r.profile_id AND s.at >= r.at)
  AND NOT {gone.one("r.profile_id", "r.account_id")}
GROUP BY r.impression_id, r.title_id
ORDER BY r.impression_id, r.title_id
ON CONFLICT (impression_id, title_id) DO UPDATE SET chosen = p.chosen OR excluded.chosen
  WHERE p.profile_id = excluded.profile_id
""")  # noqa: S608


async def put(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep showings, one for a title and a making of a row."""
    if rows:
        await gone.hold(session)
        await session.execute(_TRIED, {"rows": orjson.dumps(list(rows), default=str).decode()})


async def counts(db: Database) -> list[Any]:
    """How often each poster of a title was `shown` in each context, and `taken`, by who still agrees to teach.

    Apps say what they showed: of posters that a title does not have, and of contexts that are no genre, nothing is learned.
    """
    async with longer.reading(db) as connection:
        return await connection.fetch(
            f"WITH {longer.AGREED}, contexts AS ("  # noqa: S608
            "SELECT '' AS context UNION SELECT jsonb_array_elements_text(entry -> 'genres') FROM titles"
            " WHERE jsonb_typeof(entry -> 'genres') = 'array')"
            " SELECT p.title_id, p.context, p.picture, count(*) AS shown, count(*) FILTER (WHERE p.chosen) AS taken"
            " FROM picture_trials p JOIN agreed USING (account_id, profile_id) JOIN contexts USING (context)"
            " JOIN titles t ON t.title_id = p.title_id"
            " WHERE (p.picture = $1 OR t.entry -> 'other_posters' ? p.picture) AND p.chance >= $2"
            " GROUP BY p.title_id, p.context, p.picture",
            USUAL,
            LEAST_CHANCE,
            timeout=longer.SECONDS,
        )


async def trials(db: Database) -> list[Any]:
    """The newest showings, as they were, to who still agrees to teach; none with a chance that no poster has."""
    async with longer.reading(db) as connection:
        return await connection.fetch(
            f"WITH {longer.AGREED} SELECT profile_id, title_id, context, picture, chance, chosen FROM picture_trials"  # noqa: S608
            " JOIN agreed USING (account_id, profile_id) WHERE chance >= $2 ORDER BY at DESC LIMIT $1",
            MOST,
            LEAST_CHANCE,
            timeout=longer.SECONDS,
        )


async def names(db: Database) -> list[Any]:
    """The posters that titles have beside their own."""
    return await db.pool.fetch(
        "SELECT title_id, ARRAY(SELECT jsonb_array_elements_text(entry -> 'other_posters')) AS others FROM titles"
        " WHERE jsonb_array_length(coalesce(entry -> 'other_posters', '[]')) > 0"
    )


async def put_estimate(db: Database, now: datetime, found: Mapping[str, Any], *, accepted: bool) -> None:
    """Keep what was estimated, and whether posters may be chosen by it."""
    await db.pool.execute(
        "INSERT INTO picture_estimates (made_at, found, accepted) VALUES ($1, $2, $3)", now, dict(found), accepted
    )


async def accepted(db: Database) -> bool:
    """Whether the estimate made last was accepted."""
    return bool(await db.pool.fetchval("SELECT accepted FROM picture_estimates ORDER BY number DESC LIMIT 1"))
