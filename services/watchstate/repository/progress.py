"""Positions, the history, and what was taken out of Continue Watching."""

# ruff: noqa: S608  (put together from the constants of this file only)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from services.watchstate.domain import Position, Update

# One statement for any number of updates, at most one for each profile's playable: what is newer than the stored position and
# than the last clearing, of the history or of this title in it, replaces it and enters the history of its day.
_APPLY = text("""
WITH incoming AS (
  SELECT i.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i (
    profile_id uuid, playable_id uuid, account_id uuid, title_id uuid, position float8, duration float8, completed bool,
    occurred_at timestamptz, writer uuid, seq int8)
  LEFT JOIN clearings c ON c.profile_id = i.profile_id
  LEFT JOIN hidden h ON h.profile_id = i.profile_id AND h.title_id = i.title_id
  WHERE (c.cleared_at IS NULL OR i.occurred_at > c.cleared_at) AND (h.hidden_at IS NULL OR i.occurred_at > h.hidden_at)
  ORDER BY i.profile_id, i.playable_id
), kept AS (
  INSERT INTO positions AS p
    (profile_id, playable_id, account_id, title_id, position, duration, completed, completions, occurred_at, writer, seq)
  SELECT profile_id, playable_id, account_id, title_id, position, duration, completed, completed::int, occurred_at, writer, seq
  FROM incoming
  ON CONFLICT (profile_id, playable_id) DO UPDATE SET
    title_id = excluded.title_id, position = excluded.position, duration = excluded.duration, completed = excluded.completed,
    completions = p.completions + (excluded.completed AND NOT p.completed)::int,
    occurred_at = excluded.occurred_at, writer = excluded.writer, seq = excluded.seq
  WHERE (excluded.occurred_at, excluded.writer, excluded.seq) > (p.occurred_at, p.writer, p.seq)
  RETURNING p.profile_id, p.playable_id, p.account_id, p.title_id, p.position, p.duration, p.completed, p.occurred_at
), seen AS (
  INSERT INTO viewings AS v (profile_id, day, playable_id, account_id, title_id, position, duration, completed, watched_at)
  SELECT profile_id, (occurred_at AT TIME ZONE 'UTC')::date, playable_id, account_id, title_id, position, duration, completed,
    occurred_at FROM kept
  ON CONFLICT (profile_id, day, playable_id) DO UPDATE SET
    position = excluded.position, duration = excluded.duration, completed = v.completed OR excluded.completed,
    watched_at = greatest(v.watched_at, excluded.watched_at)
)
SELECT * FROM kept
""")
_COLUMNS = "title_id, playable_id, position, duration, completed, occurred_at, completions"


async def apply(session: AsyncSession, updates: Sequence[Update], completed: Mapping[Update, bool]) -> list[Any]:
    """Store updates (one for each profile's playable at most); return the rows of those that were news."""
    rows = [
        {
            "profile_id": item.profile_id, "playable_id": item.playable_id, "account_id": item.account_id,
            "title_id": item.title_id, "position": item.position, "duration": item.duration, "completed": completed[item],
            "occurred_at": item.occurred_at, "writer": item.writer, "seq": item.seq,
        }
        for item in updates
    ]  # fmt: skip
    return list((await session.execute(_APPLY, {"rows": orjson.dumps(rows, default=str).decode()})).all())


async def positions(db: Database, profile_id: UUID, playable_ids: Sequence[UUID]) -> list[Position]:
    """A profile's positions in these playables."""
    rows = await db.pool.fetch(
        f"SELECT {_COLUMNS} FROM positions WHERE profile_id = $1 AND playable_id = ANY ($2::uuid[])",
        profile_id, playable_ids,
    )  # fmt: skip
    return [Position(**row) for row in rows]


async def stored(session: AsyncSession, profile_id: UUID, playable_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """A profile's positions in these playables as they stand in this transaction, with what decides between updates."""
    rows = await session.execute(
        text(
            "SELECT playable_id, position, occurred_at, writer, seq FROM positions WHERE profile_id = :profile"
            " AND playable_id = ANY (CAST(:ids AS uuid[]))"
        ),
        {"profile": profile_id, "ids": list(playable_ids)},
    )
    return {row.playable_id: row for row in rows}


async def positions_in_titles(db: Database, profile_id: UUID, title_ids: Sequence[UUID]) -> list[Position]:
    """A profile's positions in these titles."""
    rows = await db.pool.fetch(
        f"SELECT {_COLUMNS} FROM positions WHERE profile_id = $1 AND title_id = ANY ($2::uuid[])", profile_id, title_ids
    )
    return [Position(**row) for row in rows]


async def recent_positions(db: Database, profile_id: UUID, titles: int) -> list[Position]:
    """Every position in the titles that a profile watched last."""
    rows = await db.pool.fetch(
        f"""SELECT {_COLUMNS} FROM positions WHERE profile_id = $1 AND title_id IN (
        SELECT title_id FROM positions WHERE profile_id = $1 GROUP BY title_id ORDER BY max(occurred_at) DESC LIMIT $2)""",
        profile_id, titles,
    )  # fmt: skip
    return [Position(**row) for row in rows]


async def removals(db: Database, profile_id: UUID) -> dict[UUID, datetime]:
    """Which titles a profile took out of Continue Watching, and when."""
    rows = await db.pool.fetch("SELECT title_id, removed_at FROM removals WHERE profile_id = $1", profile_id)
    return {row["title_id"]: row["removed_at"] for row in rows}


async def remove(session: AsyncSession, profile_id: UUID, title_id: UUID, now: datetime) -> None:
    """Take a title out of Continue Watching."""
    await session.execute(
        text(
            "INSERT INTO removals (profile_id, title_id, removed_at) VALUES (:profile, :title, :now)"
            " ON CONFLICT (profile_id, title_id) DO UPDATE SET removed_at = excluded.removed_at"
        ),
        {"profile": profile_id, "title": title_id, "now": now},
    )


async def history(
    db: Database, profile_id: UUID, maturity: int, after: tuple[datetime, UUID] | None, limit: int
) -> list[Any]:
    """Lines of the history, the newest first, with what is known of the title; only titles we know, up to an age rating."""
    return await db.pool.fetch(
        """SELECT v.playable_id, v.title_id, v.position, v.duration, v.completed, v.watched_at, t.name, t.type, t.poster_url,
        p.season_number, p.episode_number, CASE WHEN t.type = 'series' THEN p.name END AS episode_name
        FROM viewings v JOIN titles t USING (title_id) LEFT JOIN playables p ON p.playable_id = v.playable_id
        WHERE v.profile_id = $1 AND t.maturity <= $5
        AND ($2::timestamptz IS NULL OR (v.watched_at, v.playable_id) < ($2, $3::uuid))
        ORDER BY v.watched_at DESC, v.playable_id DESC LIMIT $4""",
        profile_id, after[0] if after else None, after[1] if after else None, limit, maturity,
    )  # fmt: skip


async def clear(session: AsyncSession, profile_id: UUID, now: datetime) -> list[Any]:
    """Forget everything a profile watched until now; return the positions there were."""
    known = {"profile": profile_id, "now": now}
    await session.execute(
        text(
            # A clock that runs ahead of ours may have told positions already: their repetitions are too late as well.
            "INSERT INTO clearings (profile_id, cleared_at) SELECT CAST(:profile AS uuid),"
            " greatest(CAST(:now AS timestamptz), (SELECT max(occurred_at) FROM positions WHERE profile_id = :profile))"
            " ON CONFLICT (profile_id) DO UPDATE SET cleared_at = greatest(clearings.cleared_at, excluded.cleared_at)"
        ),
        known,
    )
    gone = await session.execute(
        text("DELETE FROM positions WHERE profile_id = :profile RETURNING title_id, playable_id, duration"),
        {"profile": profile_id},
    )
    rows = list(gone.all())
    for table in ("viewings", "removals", "track_choices"):
        await session.execute(text(f"DELETE FROM {table} WHERE profile_id = :profile"), {"profile": profile_id})
    # What was hidden is as late as all else, unless a clock ran ahead.
    await session.execute(text("DELETE FROM hidden WHERE profile_id = :profile AND hidden_at <= :now"), known)
    return rows


async def hide(session: AsyncSession, profile_id: UUID, title_id: UUID, now: datetime) -> list[Any]:
    """Forget what a profile watched of a title until now; return the positions there were."""
    known = {"profile": profile_id, "title": title_id, "now": now}
    of_title = "profile_id = :profile AND title_id = :title"
    await session.execute(
        text(
            # As with a whole history, a clock that runs ahead may have told positions already.
            "INSERT INTO hidden (profile_id, title_id, hidden_at) SELECT CAST(:profile AS uuid), CAST(:title AS uuid),"
            f" greatest(CAST(:now AS timestamptz), (SELECT max(occurred_at) FROM positions WHERE {of_title}))"
            " ON CONFLICT (profile_id, title_id) DO UPDATE SET hidden_at = greatest(hidden.hidden_at, excluded.hidden_at)"
        ),
        known,
    )
    gone = await session.execute(
        text(f"DELETE FROM positions WHERE {of_title} RETURNING title_id, playable_id, duration"), known
    )
    rows = list(gone.all())
    for table in ("viewings", "removals", "track_choices"):
        await session.execute(text(f"DELETE FROM {table} WHERE {of_title}"), known)
    return rows
