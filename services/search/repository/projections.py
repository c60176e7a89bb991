"""Copies of what the neighbours know, each replaced only by something newer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.chassis.data.database import Database
from libs.contracts.identity import AccountChanged
from services.search import models

_AGAIN = text("UPDATE titles SET seq = nextval('changes') WHERE title_id = ANY (CAST(:ids AS uuid[]))")
_PEOPLE = text("""
INSERT INTO people AS p (person_id, name, other_names, known, crowd)
SELECT person_id, name, other_names, known, crowd FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r (person_id uuid, name text, other_names text[], known bool, crowd bool) ORDER BY person_id
ON CONFLICT (person_id) DO UPDATE SET seq = nextval('changes'), name = excluded.name, other_names = excluded.other_names,
  crowd = excluded.crowd
WHERE (p.name, p.other_names) IS DISTINCT FROM (excluded.name, excluded.other_names)
""")
_RATED = text("""
INSERT INTO signals AS s (title_id, rating, ratings, rated_at)
SELECT title_id, rating, ratings, rated_at FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r (title_id uuid, rating float8, ratings int, rated_at timestamptz) ORDER BY title_id
ON CONFLICT (title_id) DO UPDATE SET rating = excluded.rating, ratings = excluded.ratings, rated_at = excluded.rated_at
WHERE s.rated_at IS NULL OR excluded.rated_at >= s.rated_at RETURNING title_id
""")
_PLAYED = text("""
INSERT INTO signals AS s (title_id, popularity, step)
SELECT title_id, popularity, step FROM jsonb_to_recordset(CAST(:rows AS jsonb))
  AS r (title_id uuid, popularity float8, step int) ORDER BY title_id
ON CONFLICT (title_id) DO UPDATE SET popularity = excluded.popularity, step = excluded.step
""")
_WATCHED = text("""
INSERT INTO signals AS s (title_id, watched, watched_at)
SELECT title_id, watched, :at FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (title_id uuid, watched float8)
ORDER BY title_id
ON CONFLICT (title_id) DO UPDATE SET watched = excluded.watched, watched_at = excluded.watched_at
""")

_TOLD = text("""
INSERT INTO told AS t (what, made_at) VALUES (:what, :at)
ON CONFLICT (what) DO UPDATE SET made_at = excluded.made_at WHERE excluded.made_at > t.made_at RETURNING what
""")


async def put_titles(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Keep titles, one row each; what we have as newer stays. Return those that were written."""
    news: set[UUID] = await upserts.put(session, models.Title.__table__, rows)
    await touch(session, news)
    return news


async def touch(session: AsyncSession, title_ids: set[UUID]) -> None:
    """Let indexes look at these titles again."""
    if title_ids:
        await session.execute(_AGAIN, {"ids": sorted(title_ids)})


async def put_people(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep people, one row each."""
    if rows:
        await session.execute(_PEOPLE, {"rows": _json(rows)})


async def put_ratings(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Keep what titles are rated, one row each; return those that were written."""
    return set((await session.execute(_RATED, {"rows": _json(rows)})).scalars()) if rows else set()


async def popularity(session: AsyncSession, title_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The `popularity` and `step` of titles that were played. The caller holds the order of changes."""
    rows = await session.execute(
        text("SELECT title_id, popularity, step FROM signals WHERE title_id = ANY (CAST(:ids AS uuid[]))"),
        {"ids": list(title_ids)},
    )
    return {row.title_id: row for row in rows}


async def put_popularity(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep how popular titles are, one row each."""
    if rows:
        await session.execute(_PLAYED, {"rows": _json(rows)})


async def is_news(session: AsyncSession, what: str, at: datetime) -> bool:
    """Note when something that is told as a whole was made; False where the same or a newer one is known."""
    return (await session.execute(_TOLD, {"what": what, "at": at})).first() is not None


async def watched(session: AsyncSession) -> dict[UUID, float]:
    """How much the titles are watched that are watched much lately. The caller holds the order of changes."""
    rows = await session.execute(text("SELECT title_id, watched FROM signals WHERE watched IS NOT NULL"))
    return {row.title_id: row.watched for row in rows}


async def put_watched(session: AsyncSession, rows: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Keep how much titles are watched lately, one row each."""
    await session.execute(_WATCHED, {"rows": _json(rows), "at": at})


async def profiles_of(session: AsyncSession, account_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """The profiles that we know of accounts."""
    rows = await session.execute(
        text(
            "SELECT account_id, ARRAY(SELECT CAST(p ->> 'id' AS uuid) FROM jsonb_array_elements(profiles) p) AS profiles"
            " FROM accounts WHERE account_id = ANY (CAST(:ids AS uuid[]))"
        ),
        {"ids": list(account_ids)},
    )
    return {row.account_id: set(row.profiles) for row in rows}


async def put_accounts(session: AsyncSession, events: Sequence[AccountChanged]) -> set[UUID]:
    """Keep accounts' profiles, one event each; what we have as newer stays. Return those that were written."""
    rows = [
        {
            "account_id": event.account_id, "version": event.version, "status": event.status,
            "profiles": [profile.model_dump(mode="json") for profile in event.profiles],
        }
        for event in events
    ]  # fmt: skip
    written: set[UUID] = await upserts.put(session, models.Account.__table__, rows)
    return written


async def profile(db: Database, account_id: UUID, profile_id: UUID) -> Any:
    """What is known of a profile: `profile`, as identity told it last (`maturity`, `kids`, `language`); `genres`, `people`.

    Each is None where nothing is known.
    """
    return await db.pool.fetchrow(
        """SELECT (SELECT p FROM accounts, jsonb_array_elements(profiles) p WHERE account_id = $1 AND p ->> 'id' = $3) AS profile,
             t.genres, t.people
           FROM (SELECT 1) one LEFT JOIN tastes t ON t.profile_id = $2""",
        account_id, profile_id, str(profile_id),
    )  # fmt: skip


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()
