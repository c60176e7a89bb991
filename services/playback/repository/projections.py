"""Playback's copies of other services' facts. State moves only forward: what an older event says is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.contracts import billing, catalog, identity, watch
from services.playback.models import (
    Account,
    Device,
    Entitlement,
    Playable,
    Position,
    Profile,
    RevokedSignIn,
    Title,
    TitleWindow,
)


async def _put_newer(session: AsyncSession, model: Any, key: str, row: dict[str, Any]) -> bool:
    """Insert or replace a versioned row; False when the row known already is as new."""
    statement = upsert(model).values(row)
    newer = {name: statement.excluded[name] for name in row if name != key}
    statement = statement.on_conflict_do_update(
        index_elements=[key], set_=newer, where=statement.excluded["version"] > model.version
    )
    return (await session.execute(statement.returning(1))).first() is not None


async def put_account(session: AsyncSession, account: identity.AccountChanged) -> bool:
    """Store an account with its profiles and devices; False when it is stale."""
    row = {"account_id": account.account_id, "version": account.version, "status": account.status}
    if not await _put_newer(session, Account, "account_id", row):
        return False
    await session.execute(delete(Profile).where(Profile.account_id == account.account_id))
    if account.profiles:
        profiles = [
            {"profile_id": p.id, "account_id": account.account_id, "name": p.name, "maturity": p.maturity}
            for p in account.profiles
        ]
        await session.execute(insert(Profile), profiles)
    kept = [device.id for device in account.devices]
    await session.execute(
        update(Device)
        .where(Device.account_id == account.account_id, Device.device_id.not_in(kept))
        .values(removed=True)
    )
    for device in account.devices:
        statement = upsert(Device).values(
            device_id=device.id, account_id=account.account_id, name=device.name, removed=False
        )
        # One browser can be signed in to one account after another: the device goes with the newest.
        changes = {"account_id": account.account_id, "name": device.name, "removed": False}
        await session.execute(statement.on_conflict_do_update(index_elements=["device_id"], set_=changes))
    return True


async def put_revoked_sign_ins(session: AsyncSession, sign_ins: Sequence[UUID], at: datetime) -> None:
    """Remember sign-ins that must not start anything any more."""
    rows = [{"sign_in_id": sign_in, "revoked_at": at} for sign_in in sign_ins]
    await session.execute(upsert(RevokedSignIn).values(rows).on_conflict_do_nothing())


async def put_entitlement(session: AsyncSession, entitlement: billing.EntitlementChanged) -> bool:
    """Store what a plan allows; False when it is stale."""
    row = entitlement.model_dump(
        include={"account_id", "version", "plan_id", "status", "max_streams", "max_height", "overflow", "valid_until"}
    )
    return await _put_newer(session, Entitlement, "account_id", row)


async def put_title(session: AsyncSession, title: catalog.TitleChanged, playables: Sequence[dict[str, Any]]) -> bool:
    """Store a title with its windows and its playables' rows; False when it is stale."""
    row = {
        "title_id": title.title_id,
        "version": title.version,
        "status": title.status,
        "maturity": title.maturity,
    }
    if not await _put_newer(session, Title, "title_id", row):
        return False
    await session.execute(delete(TitleWindow).where(TitleWindow.title_id == title.title_id))
    windows = [
        {"title_id": title.title_id, "number": n, "starts_at": w.starts_at, "ends_at": w.ends_at, "regions": list(w.regions)}
        for n, w in enumerate(title.windows)
    ]  # fmt: skip
    if windows:
        await session.execute(insert(TitleWindow), windows)
    await session.execute(delete(Playable).where(Playable.title_id == title.title_id))
    if playables:
        statement = upsert(Playable).values(list(playables))
        changes = {name: statement.excluded[name] for name in playables[0] if name != "playable_id"}
        await session.execute(statement.on_conflict_do_update(index_elements=["playable_id"], set_=changes))
    return True


async def put_position(session: AsyncSession, position: watch.PositionSet) -> None:
    """Store a position that came from elsewhere, unless a newer one is known."""
    # The time comes from a device; one that is ahead of ours must not outrank what is watched next.
    occurred = func.least(position.occurred_at, func.now())
    statement = upsert(Position).values(
        profile_id=position.profile_id, playable_id=position.playable_id, position=position.position, ended=False,
        occurred_at=occurred,
    )  # fmt: skip
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["profile_id", "playable_id"],
            set_={"position": position.position, "ended": False, "occurred_at": statement.excluded.occurred_at},
            where=statement.excluded.occurred_at >= Position.occurred_at,
        )
    )


async def end_leases(
    session: AsyncSession,
    account_id: UUID,
    *,
    sign_ins: Sequence[UUID] | None = None,
    removed_devices: bool = False,
) -> int:
    """End the account's leases as revoked: all, those of some sign-ins, or those on devices that were removed."""
    condition = "true"
    if sign_ins is not None:
        condition = "l.sign_in_id = ANY (CAST(:sign_ins AS uuid[]))"
    elif removed_devices:
        condition = "l.device_id IN (SELECT d.device_id FROM devices d WHERE d.account_id = :account AND d.removed)"
    values: dict[str, Any] = {"account": account_id}
    # The account's lock first, as in acquire_lease(): no start slips in between, and nobody waits in a circle.
    await session.execute(text("SELECT 1 FROM account_slots WHERE account_id = :account FOR UPDATE"), values)
    if sign_ins is not None:
        values["sign_ins"] = list(sign_ins)
    ended = await session.execute(
        text(
            "SELECT end_leases(array_agg(l.session_id), 'revoked', clock_timestamp()) FROM leases l"  # noqa: S608
            f" WHERE l.account_id = :account AND {condition}"
        ),
        values,
    )
    return ended.scalar() or 0
