"""Accounts that were erased, and everything of theirs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Every table that has rows of accounts.
TABLES = ("viewings", "title_viewers", "exposures", "profile_days", "plans")


async def note(session: AsyncSession, account_ids: Collection[UUID], now: datetime) -> None:
    """Remember that accounts are gone."""
    await session.execute(
        text(
            "INSERT INTO erased (account_id, erased_at) SELECT id, :now FROM unnest(CAST(:ids AS uuid[])) id ORDER BY id"
            " ON CONFLICT DO NOTHING"
        ),
        {"ids": sorted(account_ids), "now": now},
    )


async def forget(session: AsyncSession, since: datetime) -> int:
    """Delete what is there of accounts that are gone since then; return how many rows.

    Topics do not wait for each other: some of it may come after the word that the account is gone.
    """
    gone = 0
    for table in TABLES:
        done = await session.execute(
            text(
                f"DELETE FROM {table} WHERE account_id ="  # noqa: S608
                " ANY (ARRAY(SELECT account_id FROM erased WHERE erased_at >= :since))"
            ),
            {"since": since},
        )
        gone += done.rowcount  # type: ignore[attr-defined]
    return gone
