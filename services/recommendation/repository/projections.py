"""Copies of what the neighbours know, each replaced only by something newer, and nothing of people who are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.contracts.identity import AccountChanged
from services.recommendation import models

_AGAIN = text("UPDATE titles SET seq = nextval('changes') WHERE title_id = ANY (CAST(:ids AS uuid[]))")
# A play that is told after its profile is gone, or again after its taste was reset, is not kept.
_PLAYS = text("""
INSERT INTO plays AS p (profile_id, title_id, account_id, first_at, last_at, watched, finished)
SELECT r.profile_id, r.title_id, r.account_id, r.first_at, r.last_at, r.watched, r.finished
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
  profile_id uuid, title_id uuid, account_id uuid, first_at timestamptz, last_at timestamptz, watched float8, finished bool)
WHERE NOT EXISTS (SELECT FROM resets s WHERE s.profile_id = r.profile_id AND s.at >= r.last_at)
  AND NOT EXISTS (SELECT FROM accounts a WHERE a.account_id = r.account_id
    AND NOT a.profiles @> jsonb_build_array(jsonb_build_object('id', r.profile_id)))
ORDER BY r.profile_id, r.title_id
ON CONFLICT (profile_id, title_id) DO UPDATE SET first_at = least(p.first_at, excluded.first_at),
  last_at = greatest(p.last_at, excluded.last_at), watched = greatest(p.watched, excluded.watched),
  finished = p.finished OR excluded.finished
""")
_LISTED = text("""
INSERT INTO listed AS l (profile_id, title_id, account_id, at)
SELECT CAST(:profile_id AS uuid), CAST(:title_id AS uuid), CAST(:account_id AS uuid), CAST(:at AS timestamptz)
WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.account_id = CAST(:account_id AS uuid)
  AND NOT a.profiles @> jsonb_build_array(jsonb_build_object('id', CAST(:profile_id AS uuid))))
ON CONFLICT (profile_id, title_id) DO UPDATE SET at = excluded.at
""")
_UNLISTED = text(
    "DELETE FROM listed WHERE profile_id = :profile_id AND at <= :at"
    " AND (CAST(:title_id AS uuid) IS NULL OR title_id = CAST(:title_id AS uuid))"
)
OWN = ("plays", "opinions", "listed", "resets")


async def put_titles(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Keep titles, one row each; what we have as newer stays. Return those that were written. The caller holds the order."""
    news: set[UUID] = await upserts.put(session, models.Title.__table__, rows)
    if news:
        await session.execute(_AGAIN, {"ids": sorted(news)})
    return news


async def put_plays(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep plays, one row for a profile and a title."""
    if rows:
        await session.execute(_PLAYS, {"rows": orjson.dumps(list(rows), default=str).decode()})


async def put_stars(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep ratings, one row for a profile and a title."""
    await upserts.put(session, models.Stars.__table__, rows, newer="rated_at")


async def put_trending(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what is watched most, one row for a region."""
    await upserts.put(session, models.Trending.__table__, rows, newer="computed_at")


async def list_title(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Keep that a title is in a list."""
    await session.execute(_LISTED, row)


async def unlist(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Keep that a title, or without a `title_id` all of them, is in a list no more."""
    await session.execute(_UNLISTED, {key: row[key] for key in ("profile_id", "title_id", "at")})


async def put_accounts(session: AsyncSession, events: Sequence[AccountChanged]) -> None:
    """Keep accounts' profiles, one event each, and delete what is known of profiles that they have no more."""
    before = await _profiles_of(session, [event.account_id for event in events])
    rows: list[dict[str, Any]] = [
        {
            "account_id": event.account_id, "version": event.version, "status": event.status,
            "profiles": [] if event.status == "erased" else [profile.model_dump(mode="json") for profile in event.profiles],
        }
        for event in events
    ]  # fmt: skip
    written: set[UUID] = await upserts.put(session, models.Account.__table__, rows)
    for row in rows:
        if row["account_id"] in written:
            kept = {UUID(profile["id"]) for profile in row["profiles"]}
            await _forget(session, row["account_id"], kept, before.get(row["account_id"], set()) - kept)


async def _profiles_of(session: AsyncSession, account_ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    rows = await session.execute(
        text(
            "SELECT account_id, ARRAY(SELECT CAST(p ->> 'id' AS uuid) FROM jsonb_array_elements(profiles) p) AS profiles"
            " FROM accounts WHERE account_id = ANY (CAST(:ids AS uuid[]))"
        ),
        {"ids": list(account_ids)},
    )
    return {row.account_id: set(row.profiles) for row in rows}


async def _forget(session: AsyncSession, account_id: UUID, kept: set[UUID], gone: set[UUID]) -> None:
    for table in OWN:
        await session.execute(
            text(f"DELETE FROM {table} WHERE account_id = :account AND NOT profile_id = ANY (CAST(:kept AS uuid[]))"),  # noqa: S608
            {"account": account_id, "kept": sorted(kept)},
        )
    if gone:
        await session.execute(
            text("DELETE FROM stars WHERE profile_id = ANY (CAST(:gone AS uuid[]))"), {"gone": sorted(gone)}
        )
