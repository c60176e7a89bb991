"""Profiles that are gone: nothing is kept of them, whatever still comes, and whenever it is committed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_KEY = "hashtext('bijou.recommendation.gone')"
# Who writes something of a profile holds this until the commit. Who deletes profiles waits until nobody does and keeps all
# others waiting: what is written was either there to be deleted, or finds the profile gone. It is a statement before the one
# that writes, for a statement sees what was committed before it began.
HOLD = f"SELECT pg_advisory_xact_lock_shared({_KEY})"
_HOLD = text(HOLD)
_LOCK = text(f"SELECT pg_advisory_xact_lock({_KEY})")
# Everything that is a profile's; ratings do not say of which account.
OF_ACCOUNTS = ("plays", "opinions", "listed", "resets", "clearings", "row_uses", "hidden_titles", "picture_trials")
OF_PROFILES = (*OF_ACCOUNTS, "stars")


def one(profile_id: str, account_id: str | None = None) -> str:
    """SQL: whether this profile is gone, or its whole account is."""
    found = f"EXISTS (SELECT FROM gone_profiles g WHERE g.profile_id = {profile_id})"
    if account_id is None:
        return found
    erased = f"EXISTS (SELECT FROM accounts a WHERE a.account_id = {account_id} AND a.status = 'erased')"
    return f"({found} OR {erased})"


async def hold(session: AsyncSession) -> None:
    """Before something of a profile is written."""
    await session.execute(_HOLD)


async def forget(
    session: AsyncSession, profiles: Collection[UUID], erased_accounts: Collection[UUID], now: datetime
) -> None:
    """Delete all there is of profiles and of accounts, and remember which profiles are gone."""
    await session.execute(_LOCK)
    found = set(profiles)
    for table in OF_ACCOUNTS if erased_accounts else ():
        rows = await session.execute(
            text(f"SELECT DISTINCT profile_id FROM {table} WHERE account_id = ANY (CAST(:ids AS uuid[]))"),  # noqa: S608
            {"ids": sorted(erased_accounts)},
        )
        found.update(rows.scalars())
    await session.execute(
        text(
            "INSERT INTO gone_profiles (profile_id, gone_at) SELECT id, :now FROM unnest(CAST(:ids AS uuid[])) id"
            " ORDER BY id ON CONFLICT (profile_id) DO UPDATE SET gone_at = greatest(gone_profiles.gone_at, excluded.gone_at)"
        ),
        {"ids": sorted(found), "now": now},
    )
    for table in OF_PROFILES:
        await session.execute(
            text(f"DELETE FROM {table} WHERE profile_id = ANY (CAST(:ids AS uuid[]))"),  # noqa: S608
            {"ids": sorted(found)},
        )
