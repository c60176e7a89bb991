"""What arrives from the neighbours: progress, titles, accounts, leases, revoked sign-ins."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged, SessionsRevoked
from libs.contracts.playback import LeaseChanged, ProgressUpdated
from services.watchstate.domain import Update
from services.watchstate.repository import copies, sync
from services.watchstate.service import changes

# A device that hears of a lease this late has long asked for itself.
LEASE_NEWS = timedelta(minutes=10)
REVOKED = "revoked"


async def progressed(session: AsyncSession, event: ProgressUpdated, clock: Clock) -> None:
    """Store a position; out of order and repeated ones change nothing."""
    update = Update(
        profile_id=event.profile_id, account_id=event.account_id, title_id=event.title_id, playable_id=event.playable_id,
        position=max(0.0, event.position), duration=max(0.0, event.duration), occurred_at=event.occurred_at,
        writer=event.session_id, seq=event.seq, ended=event.state == "ended",
    )  # fmt: skip
    await changes.apply(session, [update], clock.now())


async def title_changed(session: AsyncSession, event: TitleChanged) -> None:
    """Keep a copy of a title."""
    await copies.put_title(session, event)


async def account_changed(session: AsyncSession, event: AccountChanged, clock: Clock) -> None:
    """Keep an account's profiles, tell its devices, and delete everything of profiles that are gone."""
    await sync.lock(session, event.account_id)
    gone = await copies.put_account(session, event)
    if gone is None:
        return
    if event.status == "erased":
        gone = list({*gone, *(profile.id for profile in event.profiles)})
        gone += await copies.profiles_with_rows(session, event.account_id)
        await sync.forget(session, event.account_id)
    if gone:
        await copies.forget_profiles(session, gone)
    profiles = [profile.model_dump(mode="json") for profile in event.profiles] if event.status != "erased" else []
    await sync.append(
        session, event.account_id, None, "profile", {"status": event.status, "profiles": profiles}, clock.now()
    )


async def lease_changed(session: AsyncSession, event: LeaseChanged, clock: Clock) -> None:
    """Tell an account's devices about its stream slots."""
    if clock.now() - event.at < LEASE_NEWS:
        data = event.model_dump(mode="json", exclude={"account_id"})
        await sync.append(session, event.account_id, None, "lease", data, clock.now())


async def sessions_revoked(session: AsyncSession, event: SessionsRevoked, clock: Clock) -> None:
    """End the streams of sign-ins that are no longer honoured."""
    data = {"session_ids": [str(item) for item in event.session_ids]}
    await sync.append(session, event.account_id, None, REVOKED, data, clock.now())
