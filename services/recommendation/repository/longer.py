"""Reading much at once, with the time that takes, of those who agreed that something is learned from them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import asyncpg.pool

from libs.chassis.data.database import Database

SECONDS = 300
# Profiles of which something is learned: that agreed to it and are no child's.
AGREED = """agreed AS MATERIALIZED (
  SELECT account_id, CAST(p ->> 'id' AS uuid) AS profile_id FROM accounts, jsonb_array_elements(profiles) p
  WHERE p -> 'consents' ? 'personalisation' AND NOT coalesce(CAST(p ->> 'kids' AS bool), false))"""


@asynccontextmanager
async def reading(db: Database) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]:
    """A connection whose statements may take `SECONDS` each, longer than a request's; it only reads."""
    async with db.pool.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'")
        yield connection
