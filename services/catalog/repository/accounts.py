"""Accounts and their profiles as identity tells them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from libs.contracts.identity import AccountChanged, Profile
from services.catalog.models import Account


async def hold(session: AsyncSession, account_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Return what is known of accounts (`version`, `profiles` as ids), whose rows nobody else changes from now on."""
    rows = await session.execute(
        text(
            "SELECT account_id, version, ARRAY(SELECT CAST(p ->> 'id' AS uuid) FROM jsonb_array_elements(profiles) p) AS profiles"
            " FROM accounts WHERE account_id = ANY (CAST(:accounts AS uuid[])) ORDER BY account_id FOR UPDATE"
        ),
        {"accounts": list(account_ids)},
    )
    return {row.account_id: row for row in rows}


async def put(session: AsyncSession, events: Sequence[AccountChanged]) -> None:
    """Keep accounts' profiles, one event for each account; what is known as newer stays."""
    rows = [
        {
            "account_id": event.account_id, "version": event.version,
            "profiles": [{"id": str(profile.id), "name": profile.name} for profile in present(event)],
        }
        for event in events
    ]  # fmt: skip
    await upserts.put(session, Account.__table__, rows)


# What an account is called where it acts as staff: as its first profile is.
NAME = "profiles -> 0 ->> 'name'"


async def names(session: AsyncSession, account_ids: Iterable[UUID | None]) -> dict[UUID | None, str | None]:
    """Return what accounts are called; of one that is not known, or was erased, nothing."""
    wanted = [account for account in set(account_ids) if account is not None]
    rows = await session.execute(
        text(f"SELECT account_id, {NAME} AS name FROM accounts WHERE account_id = ANY (CAST(:ids AS uuid[]))"),  # noqa: S608
        {"ids": wanted},
    )
    return {row.account_id: row.name for row in rows}


def present(event: AccountChanged) -> Sequence[Profile]:
    """Return the profiles of an account; none of one that was erased."""
    return event.profiles if event.status != "erased" else ()


async def is_gone(session: AsyncSession, account_id: UUID, profile_id: UUID, version: int) -> bool:
    """Tell whether the profile is known to be gone by now; its account does not change until the transaction ends.

    `version` is the account's when the caller's token was issued: of an account known only as older nothing follows.
    """
    gone = await session.execute(
        text(
            "SELECT version >= :version AND NOT profiles @> jsonb_build_array(jsonb_build_object('id', CAST(:profile AS text)))"
            " FROM accounts WHERE account_id = :account FOR SHARE"
        ),
        {"account": account_id, "profile": str(profile_id), "version": version},
    )
    return bool(gone.scalar())
