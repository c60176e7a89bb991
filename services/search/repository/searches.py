"""What profiles searched for: their own lists, and the log without names."""

# ruff: noqa: S608  (put together from the constants of this file only)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database

KEEP = 20
# Nobody searches so often in a day; a program that does fills no log.
MOST_NOTED = 1000
# Words of which others are the beginning were on their way: the list keeps where they went.
_ON_THE_WAY = timedelta(minutes=2)
# Who asks the same words again within half an hour, with other filters or further down, is still looking for the same: one
# search, in which what was found and opened at last counts.
_ONCE = """SELECT folded, pseudonym, max(asked_at) AS asked_at, (array_agg(text ORDER BY asked_at DESC))[1] AS text,
  max(results) AS results, (array_agg(clicked_title) FILTER (WHERE clicked_title IS NOT NULL))[1] AS clicked_title
FROM (SELECT *, count(*) FILTER (WHERE apart) OVER (PARTITION BY pseudonym, folded ORDER BY asked_at, id) AS visit
  FROM (SELECT *, coalesce(asked_at - lag(asked_at) OVER (PARTITION BY pseudonym, folded ORDER BY asked_at, id)
      > interval '30 minutes', true) AS apart
    FROM queries WHERE asked_at > $1::timestamptz - 2 * $2::interval AND asked_at <= $1 AND folded <> '') a) b
GROUP BY pseudonym, folded, visit"""


# An account as we know it, which does not change while something of it is written: $1 profile, $2 account. Tokens outlive
# what they were made for, and what comes too late of somebody who is gone is kept no more than the rest.
_WHOSE = "whose AS MATERIALIZED (SELECT status, profiles FROM accounts WHERE account_id = $2::uuid FOR SHARE)"
_HIS = "jsonb_build_object('id', $1::uuid)"
_GONE = f"EXISTS (SELECT FROM whose WHERE status = 'erased' OR NOT profiles @> jsonb_build_array({_HIS}))"
_CHILD = f"EXISTS (SELECT FROM whose WHERE profiles @> jsonb_build_array({_HIS} || jsonb_build_object('kids', true)))"


async def recents(db: Database, profile_id: UUID) -> list[Any]:
    """The last searches of a profile, the newest first."""
    return await db.pool.fetch(
        "SELECT id, text, searched_at FROM recent_searches WHERE profile_id = $1 ORDER BY searched_at DESC LIMIT $2",
        profile_id, KEEP,
    )  # fmt: skip


async def remember(
    db: Database, *, id: UUID, profile_id: UUID, account_id: UUID, words: str, folded: str, now: datetime
) -> None:
    """Put a search on top of a profile's list; what was on the way to it, and what is too many, goes.

    Nothing is kept of a profile that is gone, or a child's.
    """
    async with db.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "DELETE FROM recent_searches WHERE profile_id = $1 AND searched_at > $3 AND folded <> $2 AND starts_with($2, folded)",
            profile_id, folded, now - _ON_THE_WAY,
        )  # fmt: skip
        await connection.execute(
            f"WITH {_WHOSE} INSERT INTO recent_searches (id, profile_id, account_id, text, folded, searched_at)"
            f" SELECT $3::uuid, $1::uuid, $2::uuid, $4::text, $5::text, $6::timestamptz WHERE NOT {_GONE} AND NOT {_CHILD}"
            " ON CONFLICT (profile_id, folded) DO UPDATE SET text = excluded.text, searched_at = excluded.searched_at",
            profile_id, account_id, id, words, folded, now,
        )  # fmt: skip
        await connection.execute(
            "DELETE FROM recent_searches WHERE profile_id = $1 AND id NOT IN (SELECT id FROM recent_searches"
            " WHERE profile_id = $1 ORDER BY searched_at DESC LIMIT $2)",
            profile_id, KEEP,
        )  # fmt: skip


async def forget_recents(db: Database, profile_id: UUID, recent_id: UUID | None = None) -> None:
    """Empty a profile's list, or take one search out of it."""
    await db.pool.execute(
        "DELETE FROM recent_searches WHERE profile_id = $1 AND ($2::uuid IS NULL OR id = $2)", profile_id, recent_id
    )


async def forget_lists(session: AsyncSession, profiles: Sequence[UUID]) -> None:
    """Empty the lists of profiles."""
    await session.execute(
        text("DELETE FROM recent_searches WHERE profile_id = ANY (CAST(:profiles AS uuid[]))"),
        {"profiles": list(profiles)},
    )


async def log(
    db: Database, *, id: UUID, profile_id: UUID, account_id: UUID, words: str, folded: str, filters: Mapping[str, Any],
    results: int, now: datetime,
) -> bool:  # fmt: skip
    """Note a search, under the name that the profile has in the log.

    False where there is one of this id already, the profile is gone, or has searched very often today.
    """
    noted: str = await db.pool.execute(
        f"WITH {_WHOSE}, mine AS (INSERT INTO searchers (profile_id, account_id, pseudonym)"
        f" SELECT $1::uuid, $2::uuid, gen_random_uuid() WHERE NOT {_GONE}"
        " ON CONFLICT (profile_id) DO UPDATE SET account_id = excluded.account_id RETURNING pseudonym)"
        " INSERT INTO queries (id, pseudonym, text, folded, filters, results, asked_at)"
        " SELECT $3::uuid, pseudonym, $4::text, $5::text, $6::jsonb, $7::int, $8::timestamptz FROM mine"
        " WHERE (SELECT count(*) FROM (SELECT FROM queries q WHERE q.pseudonym = mine.pseudonym"
        "  AND q.asked_at > $8::timestamptz - interval '1 day' LIMIT $9) today) < $9 ON CONFLICT DO NOTHING",
        profile_id, account_id, id, words, folded, filters, results, now, MOST_NOTED,
    )  # fmt: skip
    return noted != "INSERT 0 0"


async def clicked(db: Database, query_id: UUID, profile_id: UUID, title_id: UUID, position: int) -> bool:
    """Note which title was opened, the first time; False where this profile asked no such question."""
    found = await db.pool.fetchval(
        "UPDATE queries q SET clicked_title = coalesce(clicked_title, $3), clicked_position = coalesce(clicked_position, $4)"
        " FROM searchers s WHERE q.id = $1 AND s.profile_id = $2 AND q.pseudonym = s.pseudonym RETURNING 1",
        query_id, profile_id, title_id, position,
    )  # fmt: skip
    return found is not None


async def trending(db: Database, since: datetime, viewers: int, limit: int) -> list[UUID]:
    """The titles that the most profiles, and at least so many, opened from an answer, the most wanted first."""
    rows = await db.pool.fetch(
        "SELECT clicked_title FROM queries WHERE clicked_title IS NOT NULL AND asked_at > $1"
        " GROUP BY clicked_title HAVING count(DISTINCT pseudonym) >= $2"
        " ORDER BY count(DISTINCT pseudonym) DESC, max(asked_at) DESC LIMIT $3",
        since, viewers, limit,
    )  # fmt: skip
    return [row["clicked_title"] for row in rows]


async def gaps(db: Database, now: datetime, days: int, viewers: int, limit: int) -> list[Any]:
    """What at least so many profiles searched for and mostly did not find, the widest gap first."""
    return await db.pool.fetch(
        f"""WITH asked AS ({_ONCE})
           SELECT (array_agg(text ORDER BY asked_at DESC))[1] AS text,
             count(*) FILTER (WHERE recent) AS searches,
             count(DISTINCT pseudonym) FILTER (WHERE recent) AS viewers,
             count(*) FILTER (WHERE recent AND results = 0) AS without_results,
             count(*) FILTER (WHERE recent AND clicked_title IS NULL) AS without_choice,
             count(*) FILTER (WHERE NOT recent) AS before, max(asked_at) AS last_at
           FROM (SELECT *, asked_at > $1::timestamptz - $2::interval AS recent FROM asked) q
           GROUP BY folded
           HAVING count(DISTINCT pseudonym) FILTER (WHERE recent) >= $3
             AND 2 * count(*) FILTER (WHERE recent AND (results = 0 OR clicked_title IS NULL)) > count(*) FILTER (WHERE recent)
           ORDER BY count(*) FILTER (WHERE recent AND results = 0) DESC,
             count(*) FILTER (WHERE recent AND clicked_title IS NULL) DESC, max(asked_at) DESC LIMIT $4""",
        now, timedelta(days=days), viewers, limit,
    )  # fmt: skip


async def totals(db: Database, now: datetime, days: int) -> Any:
    """How many searches there were, and how many of them found nothing."""
    return await db.pool.fetchrow(
        f"""WITH asked AS ({_ONCE}) SELECT count(*) AS searches, count(*) FILTER (WHERE results = 0) AS without_results
        FROM asked WHERE asked_at > $1::timestamptz - $2::interval""",
        now, timedelta(days=days),
    )  # fmt: skip


async def forget(session: AsyncSession, profiles: Sequence[UUID], accounts: Sequence[UUID]) -> None:
    """Delete what profiles and accounts searched for, and what was made of what they watched."""
    theirs = "profile_id = ANY (CAST(:profiles AS uuid[])) OR account_id = ANY (CAST(:accounts AS uuid[]))"
    whose = {"profiles": list(profiles), "accounts": list(accounts)}
    await session.execute(text(f"DELETE FROM recent_searches WHERE {theirs}"), whose)
    await session.execute(
        text(f"DELETE FROM queries WHERE pseudonym IN (SELECT pseudonym FROM searchers WHERE {theirs})"), whose
    )
    await session.execute(text(f"DELETE FROM searchers WHERE {theirs}"), whose)
    await session.execute(text(f"DELETE FROM tastes WHERE {theirs}"), whose)
