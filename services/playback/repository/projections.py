"""Playback's copies of other services' facts. State moves only forward: what an older event says is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, delete, func, insert, text, update
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
from services.playback.repository import gates


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
    present = [profile.id for profile in account.profiles]
    await session.execute(
        update(Profile)
        .where(Profile.account_id == account.account_id, Profile.profile_id.not_in(present))
        .values(removed=True)
    )
    if account.profiles:
        put = upsert(Profile).values(
            [
                {"profile_id": p.id, "account_id": account.account_id, "name": p.name, "maturity": p.maturity}
                for p in account.profiles
            ]
        )
        changed = {"name": put.excluded.name, "maturity": put.excluded.maturity, "removed": False}
        await session.execute(put.on_conflict_do_update(index_elements=["profile_id"], set_=changed))
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


def _end_refused(whose: str) -> TextClause:
    """The statement that ends those of some leases whose start the gates would refuse now.

    Of more streams than the plan has, the newest go.
    """
    return text(
        f"""
WITH asked AS MATERIALIZED (
    SELECT l.session_id, l.account_id, l.acquired_at, l.fencing, s.profile_id, s.sign_in_id, s.device_id, s.playable_id,
        s.maturity, s.country, NULL::timestamptz AS hard_end, clock_timestamp() AS at
    FROM leases l JOIN sessions s USING (session_id)
    WHERE l.expires_at > clock_timestamp() AND {whose}
), {gates.facts()}, judged AS MATERIALIZED (
    SELECT session_id, account_id, max_streams, acquired_at, fencing, {gates.REFUSAL} AS refusal FROM facts
), ranked AS (
    SELECT session_id, refusal, max_streams,
        row_number() OVER (PARTITION BY account_id, refusal IS NULL ORDER BY acquired_at, fencing) AS place
    FROM judged
), refused AS (
    SELECT session_id, coalesce(refusal, CASE WHEN place > max_streams THEN 'streams_exceeded' END) AS code FROM ranked
)
SELECT end_leases(array_agg(session_id), code, clock_timestamp()) FROM refused WHERE code IS NOT NULL GROUP BY code
"""  # noqa: S608
    )


OF_ACCOUNT = _end_refused("l.account_id = :id")
# Whoever holds one of them is renewing or ending it: its next heartbeat sees what has been written here.
OF_TITLE = _end_refused("l.title_id = :id ORDER BY l.session_id FOR UPDATE OF l SKIP LOCKED")


async def end_refused(session: AsyncSession, account_id: UUID) -> None:
    """End the account's streams that no gate would let start now."""
    # The account's lock first, as in acquire_lease(), so that no start slips in between and nobody waits in a circle; and only
    # where something is playing, which is seldom.
    locked = await session.execute(
        text(
            "SELECT 1 FROM account_slots WHERE account_id = :id"
            " AND EXISTS (SELECT FROM leases WHERE account_id = :id) FOR UPDATE"
        ),
        {"id": account_id},
    )
    if locked.first() is not None:
        await session.execute(OF_ACCOUNT, {"id": account_id})


async def end_refused_of_title(session: AsyncSession, title_id: UUID) -> None:
    """End the streams of a title that no gate would let start now."""
    await session.execute(OF_TITLE, {"id": title_id})
