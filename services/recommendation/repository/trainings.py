"""When models were trained, and by whom alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Literal

import asyncpg

from libs.chassis.data.database import Database

# A training that takes longer is ended.
LONGEST_SECONDS = 2 * 3600.0
UNLOCK_SECONDS = 5.0
_ALONE = "SELECT pg_try_advisory_lock(hashtext('bijou.recommendation.' || $1))"


@asynccontextmanager
async def alone(db: Database, what: Literal["keeping", "training", "counting"]) -> AsyncIterator[bool]:
    """Whether nobody else is at it, for as long as this lasts; who dies lets go.

    `keeping` is to see to it that there is a training a day, `training` is to train, whoever asked for it; `counting` is to
    count how many watch each title.
    """
    connection = await db.direct()
    try:
        try:
            yield bool(await connection.fetchval(_ALONE, what))
        finally:
            # Of a connection that is gone the server learns a little later, and who comes next would find the lock held.
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.execute("SELECT pg_advisory_unlock_all()", timeout=UNLOCK_SECONDS)
    finally:
        connection.terminate()


async def last(db: Database) -> tuple[datetime, str] | None:
    """When the last training began, and what came of it."""
    row = await db.pool.fetchrow("SELECT began_at, outcome FROM trainings ORDER BY number DESC LIMIT 1")
    return None if row is None else (row["began_at"], row["outcome"])


async def begin(db: Database, now: datetime) -> int:
    """Write down that one begins; return its number. Until it has ended it counts as cut short."""
    number: int = await db.pool.fetchval(
        "INSERT INTO trainings (began_at, outcome) VALUES ($1, 'cut_short') RETURNING number", now
    )
    return number


async def end(db: Database, number: int, now: datetime, outcome: str) -> None:
    """Write down what came of one: `done` or `failed`."""
    await db.pool.execute("UPDATE trainings SET ended_at = $2, outcome = $3 WHERE number = $1", number, now, outcome)
