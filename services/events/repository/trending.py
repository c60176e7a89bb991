"""Who watched what, counted once a day, and what that makes the most watched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.contracts.trending import WORLD

# Rows are taken in the order of their keys, so that two replicas never wait for each other in a ring.
_COUNT = text(
    f"""WITH told AS (
        SELECT DISTINCT ON (profile_id, title_id, day) profile_id, title_id, account_id, country, at, day
        FROM jsonb_to_recordset(CAST(:watched AS jsonb))
          AS w (profile_id uuid, title_id uuid, account_id uuid, country text, at timestamptz),
          LATERAL (SELECT (at AT TIME ZONE 'UTC')::date AS day) d
        ORDER BY profile_id, title_id, day, at
    ), fresh AS (
        INSERT INTO title_viewers (profile_id, title_id, day, account_id)
        SELECT profile_id, title_id, day, account_id FROM told ORDER BY profile_id, title_id, day
        ON CONFLICT DO NOTHING RETURNING profile_id, title_id, day
    )
    INSERT INTO title_hours AS h (region, title_id, hour, viewers)
    SELECT region, title_id, date_trunc('hour', at, 'UTC'), count(*)
    FROM fresh JOIN told USING (profile_id, title_id, day), unnest(ARRAY['{WORLD}', country]) region
    WHERE region IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (region, title_id, hour) DO UPDATE SET viewers = h.viewers + excluded.viewers"""  # noqa: S608
)
_RANKED = text(
    """SELECT region, title_id, score, viewers FROM (
        SELECT region, title_id, sum(viewers) AS viewers,
          sum(viewers * power(0.5, extract(epoch FROM :now - hour)::float8 / :half_life)) AS score,
          row_number() OVER (PARTITION BY region ORDER BY
            sum(viewers * power(0.5, extract(epoch FROM :now - hour)::float8 / :half_life)) DESC, title_id) AS place
        FROM title_hours WHERE hour > :since AND hour <= :now GROUP BY region, title_id
    ) ranked WHERE place <= :most ORDER BY region, place"""
)
_PUBLISHED = text(
    "INSERT INTO trending (region, titles, published_at) VALUES (:region, CAST(:titles AS uuid[]), :now)"
    " ON CONFLICT (region) DO UPDATE SET titles = excluded.titles, published_at = excluded.published_at"
)


class Watched(NamedTuple):
    """Somebody watched a title, at this time; `country` where that is known."""

    profile_id: UUID
    account_id: UUID
    title_id: UUID
    country: str | None
    at: datetime


class Ranked(NamedTuple):
    """A title's place in a region."""

    region: str
    title_id: UUID
    score: float
    viewers: int


async def count(session: AsyncSession, watched: Sequence[Watched]) -> None:
    """Count viewers of titles; one who was counted that day is not counted again."""
    if watched:
        rows = orjson.dumps([item._asdict() for item in watched]).decode()
        await session.execute(_COUNT, {"watched": rows})


async def alone(session: AsyncSession) -> bool:
    """Tell whether no other replica ranks now; until the transaction ends none will."""
    return bool(await session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtext('bijou.trending'))")))


async def ranked(
    session: AsyncSession, now: datetime, *, window: timedelta, half_life: timedelta, most: int
) -> list[Ranked]:
    """Return the most watched titles of every region, the first before all others."""
    told = {"now": now, "since": now - window, "half_life": half_life.total_seconds(), "most": most}
    return [Ranked(*row) for row in await session.execute(_RANKED, told)]


async def published(session: AsyncSession) -> dict[str, list[UUID]]:
    """Return what was published last, by region."""
    rows: Any = await session.execute(text("SELECT region, titles FROM trending"))
    return {row.region: list(row.titles) for row in rows}


async def note(session: AsyncSession, region: str, titles: Sequence[UUID], now: datetime) -> None:
    """Remember what is published of a region."""
    await session.execute(_PUBLISHED, {"region": region, "titles": list(titles), "now": now})
