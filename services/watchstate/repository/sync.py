"""The sync log: one order of changes per account, kept for the devices that were away for a while."""

# ruff: noqa: S608  (put together from the constants of this file only)

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.database import Database

CHANNEL = "watchstate_sync"
KEEP = 500

# The head's row stays locked until the transaction ends, so ids appear in the order they were given: a reader that has seen
# number 7 can never be overtaken by a number 6.
_APPEND = text(f"""
WITH head AS (
  INSERT INTO sync_heads AS h (account_id, last) VALUES (CAST(:account AS uuid), 1)
  ON CONFLICT (account_id) DO UPDATE SET last = h.last + 1 RETURNING last
), entry AS (
  INSERT INTO sync_log (account_id, id, profile_id, kind, data, at)
  SELECT CAST(:account AS uuid), last, CAST(:profile AS uuid), CAST(:kind AS text), CAST(:data AS jsonb),
    CAST(:now AS timestamptz) FROM head
), old AS (
  DELETE FROM sync_log WHERE account_id = CAST(:account AS uuid) AND id <= (SELECT last FROM head) - {KEEP}
)
SELECT pg_notify('{CHANNEL}', CAST(CAST(:account AS uuid) AS text)) FROM head
""")


async def lock(session: AsyncSession, account_id: UUID) -> None:
    """Hold an account's order of changes until the transaction ends."""
    await session.execute(
        text(
            "INSERT INTO sync_heads AS h (account_id, last) VALUES (:account, 0)"
            " ON CONFLICT (account_id) DO UPDATE SET last = h.last"
        ),
        {"account": account_id},
    )


async def append(
    session: AsyncSession, account_id: UUID, profile_id: UUID | None, kind: str, data: dict[str, Any], now: datetime
) -> None:
    """Write an entry and wake the account's streams when it is committed."""
    await session.execute(
        _APPEND,
        {
            "account": account_id, "profile": profile_id, "kind": kind, "data": orjson.dumps(data, default=str).decode(),
            "now": now,
        },
    )  # fmt: skip


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


async def forget(session: AsyncSession, account_id: UUID) -> None:
    """Delete an account's entries; its numbering goes on."""
    await session.execute(text("DELETE FROM sync_log WHERE account_id = :account"), {"account": account_id})
