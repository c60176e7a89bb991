"""The sync log: one order of changes per account, kept for the devices that were away for a while."""

# ruff: noqa: S608  (put together from the constants of this file only)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database

CHANNEL = "watchstate_sync"
KEEP = 500

# The heads' rows stay locked until the transaction ends, so ids appear in the order they were given: a reader that has seen
# number 7 can never be overtaken by a number 6.
_APPEND = text(f"""
WITH incoming AS (
  SELECT account_id, profile_id, kind, data, row_number() OVER (PARTITION BY account_id ORDER BY place) AS number
  FROM ROWS FROM (jsonb_to_recordset(CAST(:entries AS jsonb)) AS (account_id uuid, profile_id uuid, kind text, data jsonb))
    WITH ORDINALITY AS i (account_id, profile_id, kind, data, place)
), heads AS (
  INSERT INTO sync_heads AS h (account_id, last)
  SELECT account_id, count(*) FROM incoming GROUP BY account_id ORDER BY account_id
  ON CONFLICT (account_id) DO UPDATE SET last = h.last + excluded.last RETURNING account_id, last
), entries AS (
  INSERT INTO sync_log (account_id, id, profile_id, kind, data, at)
  SELECT account_id, last - (max(number) OVER (PARTITION BY account_id)) + number, profile_id, kind, data,
    CAST(:now AS timestamptz)
  FROM incoming JOIN heads USING (account_id)
), old AS (
  DELETE FROM sync_log l USING heads h WHERE l.account_id = h.account_id AND l.id <= h.last - {KEEP}
)
SELECT pg_notify('{CHANNEL}', CAST(account_id AS text)) FROM heads
""")
_MAKE = text(
    "INSERT INTO sync_heads (account_id, last) SELECT unnest(CAST(:accounts AS uuid[])), 0 ON CONFLICT (account_id) DO NOTHING"
)
_LOCK = text(
    "SELECT 1 FROM sync_heads WHERE account_id = ANY (CAST(:accounts AS uuid[])) ORDER BY account_id FOR NO KEY UPDATE"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to tell an account's devices; without `profile_id` it concerns all of them."""

    account_id: UUID
    profile_id: UUID | None
    kind: str
    data: dict[str, Any]


async def lock(session: AsyncSession, *account_ids: UUID) -> None:
    """Hold accounts' order of changes until the transaction ends.

    This comes before anything else a transaction changes, for all its accounts at once, in the order of their ids: so two of them
    never wait for each other in a ring.
    """
    accounts = {"accounts": sorted(set(account_ids))}
    await session.execute(_MAKE, accounts)
    await session.execute(_LOCK, accounts)


async def append(
    session: AsyncSession, account_id: UUID, profile_id: UUID | None, kind: str, data: dict[str, Any], now: datetime
) -> None:
    """Write an entry and wake the account's streams when it is committed."""
    await append_all(session, [Entry(account_id, profile_id, kind, data)], now)


async def append_all(session: AsyncSession, entries: Sequence[Entry], now: datetime) -> None:
    """The same for entries of any accounts, each account's in the order given."""
    if entries:
        await session.execute(_APPEND, {"entries": orjson.dumps(entries, default=str).decode(), "now": now})


async def bounds(db: Database, account_id: UUID) -> tuple[int, int]:
    """Return the id before the oldest entry kept, and the last id."""
    row = await db.pool.fetchrow(
        "SELECT h.last, (SELECT min(id) FROM sync_log WHERE account_id = $1) AS oldest FROM sync_heads h"
        " WHERE h.account_id = $1",
        account_id,
    )
    if row is None:
        return 0, 0
    return (row["oldest"] - 1 if row["oldest"] is not None else row["last"]), row["last"]


async def after(db: Database, account_id: UUID, last: int, limit: int) -> list[Any]:
    """Return the entries that follow `last`."""
    return await db.pool.fetch(
        "SELECT id, profile_id, kind, data FROM sync_log WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        account_id, last, limit,
    )  # fmt: skip


async def forget_profiles(session: AsyncSession, account_ids: Sequence[UUID], profile_ids: Sequence[UUID]) -> None:
    """Delete what was told of profiles of these accounts, and what the accounts' profiles were called."""
    await session.execute(
        text(
            "DELETE FROM sync_log WHERE account_id = ANY (CAST(:accounts AS uuid[]))"
            " AND (profile_id = ANY (CAST(:profiles AS uuid[])) OR kind = 'profile')"
        ),
        {"accounts": list(account_ids), "profiles": list(profile_ids)},
    )


async def forget(session: AsyncSession, account_ids: Sequence[UUID]) -> None:
    """Delete accounts' entries; their numbering goes on."""
    await session.execute(
        text("DELETE FROM sync_log WHERE account_id = ANY (CAST(:accounts AS uuid[]))"), {"accounts": list(account_ids)}
    )
