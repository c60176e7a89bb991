"""Accounts and profiles that were erased, and everything of theirs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Every table that has rows of accounts, and those of them whose rows are a profile's.
TABLES = ("viewings", "title_viewers", "exposures", "profile_days", "plans")
OF_PROFILES = ("viewings", "title_viewers", "exposures", "profile_days")


async def note(
    session: AsyncSession, account_ids: Collection[UUID], profile_ids: Collection[UUID], now: datetime
) -> None:
    """Remember that accounts and profiles are gone."""
    for table, column, ids in (("erased", "account_id", account_ids), ("erased_profiles", "profile_id", profile_ids)):
        await session.execute(
            text(
                f"INSERT INTO {table} ({column}, erased_at) SELECT id, :now FROM unnest(CAST(:ids AS uuid[])) id"  # noqa: S608
                " ORDER BY id ON CONFLICT DO NOTHING"
            ),
            {"ids": sorted(ids), "now": now},
        )


async def gone(session: AsyncSession, account_ids: Collection[UUID], profile_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some accounts and profiles that are gone."""
    found = await session.execute(
        text(
            "SELECT account_id FROM erased WHERE account_id = ANY (CAST(:accounts AS uuid[]))"
            " UNION ALL SELECT profile_id FROM erased_profiles WHERE profile_id = ANY (CAST(:profiles AS uuid[]))"
        ),
        {"accounts": list(account_ids), "profiles": list(profile_ids)},
    )
    return set(found.scalars())


async def accounts(session: AsyncSession, account_ids: Collection[UUID]) -> set[UUID]:
    """Return those of some accounts that are gone."""
    found = await session.execute(
        text("SELECT account_id FROM erased WHERE account_id = ANY (CAST(:ids AS uuid[]))"), {"ids": list(account_ids)}
    )
    return set(found.scalars())


async def forget(session: AsyncSession, since: datetime) -> int:
    """Delete what is there of accounts and profiles that are gone since then; return how many rows.

    Topics do not wait for each other: some of it may come after the word that they are gone.
    """
    rows = 0
    for tables, column, erased in ((TABLES, "account_id", "erased"), (OF_PROFILES, "profile_id", "erased_profiles")):
        found = await session.execute(
            text(f"SELECT {column} FROM {erased} WHERE erased_at >= :since"),  # noqa: S608
            {"since": since},
        )
        gone = list(found.scalars())
        for table in tables if gone else ():
            done = await session.execute(
                text(f"DELETE FROM {table} WHERE {column} = ANY (CAST(:gone AS uuid[]))"),  # noqa: S608
                {"gone": gone},
            )
            rows += done.rowcount  # type: ignore[attr-defined]
    return rows
