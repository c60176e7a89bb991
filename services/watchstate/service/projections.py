"""What arrives from the neighbours: progress, titles, accounts, leases, revoked sign-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.messaging.consumers import Received, newest
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged, Profile, SessionsRevoked
from libs.contracts.playback import LeaseChanged, ProgressUpdated
from services.watchstate.domain import Update
from services.watchstate.repository import projections, sync
from services.watchstate.repository.sync import Entry
from services.watchstate.service import position_changes

# A device that hears of a lease this late has long asked for itself.
LEASE_NEWS = timedelta(minutes=10)
REVOKED = "revoked"


async def progressed(session: AsyncSession, events: Sequence[ProgressUpdated], clock: Clock) -> None:
    """Store positions; out of order and repeated ones change nothing."""
    updates = [
        Update(
            profile_id=event.profile_id, account_id=event.account_id, title_id=event.title_id, playable_id=event.playable_id,
            position=max(0.0, event.position), duration=max(0.0, event.duration), occurred_at=event.occurred_at,
            writer=event.session_id, seq=event.seq, ended=event.state == "ended",
        )
        for event in events
    ]  # fmt: skip
    await position_changes.apply(session, updates, clock.now())


def order(event: ProgressUpdated) -> tuple[tuple[int, int], tuple[datetime, int, int]]:
    """A profile's playable, and the `order` of its update: as numbers, for a UUID is hashed and compared in Python."""
    return (event.profile_id.int, event.playable_id.int), (event.occurred_at, event.session_id.int, event.seq)


async def titles_changed(session: AsyncSession, events: Sequence[Received[TitleChanged]]) -> None:
    """Keep copies of titles."""
    await projections.put_titles(session, newest(events, lambda e: e.title_id, lambda e: e.version))


async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]], clock: Clock) -> None:
    """Keep accounts' profiles, tell their devices, and delete everything of profiles that are gone.

    What comes again (a rebuilt projection) is kept again and told to nobody.
    """
    accounts = newest(events, lambda e: e.account_id, lambda e: e.version)
    await sync.lock(session, *(account.account_id for account in accounts))
    known = await projections.known_accounts(session, [account.account_id for account in accounts])
    await projections.put_accounts(session, accounts)
    news = [a for a in accounts if a.account_id not in known or known[a.account_id].version < a.version]
    gone = await _gone_profiles(session, events, known, news)
    if gone:
        await projections.forget_profiles(session, gone)
        await sync.forget_profiles(session, [account.account_id for account in news], gone)
    entries = [
        Entry(a.account_id, None, "profile", {"status": a.status, "profiles": _told(projections.present_profiles(a))})
        for a in news
    ]
    await sync.append_all(session, entries, clock.now())


async def _gone_profiles(
    session: AsyncSession,
    events: Sequence[Received[AccountChanged]],
    known: Mapping[UUID, Any],
    news: Sequence[AccountChanged],
) -> list[UUID]:
    """Return the profiles that accounts had and have no more, with those that came and went in what arrived together."""
    were: dict[UUID, set[UUID]] = {account_id: set(account.profiles) for account_id, account in known.items()}
    for event in events:
        were.setdefault(event.data.account_id, set()).update(profile.id for profile in event.data.profiles)
    gone = set[UUID]()
    for account in news:
        gone |= were[account.account_id] - {profile.id for profile in projections.present_profiles(account)}
        gone.update(account.erased_profiles)
    erased = [account.account_id for account in news if account.status == "erased"]
    if erased:
        gone.update(await projections.profiles_with_rows(session, erased))
        await sync.forget(session, erased)
    return sorted(gone)


def _told(profiles: Sequence[Profile]) -> list[dict[str, Any]]:
    return [profile.model_dump(mode="json") for profile in profiles]


async def leases_changed(session: AsyncSession, events: Sequence[LeaseChanged], clock: Clock) -> None:
    """Tell accounts' devices about their stream slots."""
    recent = [event for event in events if clock.now() - event.at < LEASE_NEWS]
    entries = [
        Entry(event.account_id, None, "lease", event.model_dump(mode="json", exclude={"account_id"}))
        for event in recent
    ]
    await sync.append_all(session, entries, clock.now())


async def sessions_revoked(session: AsyncSession, events: Sequence[SessionsRevoked], clock: Clock) -> None:
    """End the streams of sign-ins that are no longer honoured."""
    entries = [
        Entry(event.account_id, None, REVOKED, {"session_ids": [str(item) for item in event.session_ids]})
        for event in events
    ]
    await sync.append_all(session, entries, clock.now())
