"""Accounts that changed: the names reviews are signed with, and everything of profiles that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.messaging import outbox
from libs.chassis.messaging.consumers import Received, newest
from libs.contracts.identity import AccountChanged
from services.catalog.repository import accounts, ratings, reviews
from services.catalog.service import snapshot


async def changed(session: AsyncSession, events: Sequence[Received[AccountChanged]], clock: Clock) -> None:
    """Keep the names of profiles; forget what those rated, wrote and voted that are gone, and all of an erased account."""
    latest = newest(events, lambda e: e.account_id, lambda e: e.version)
    known = await accounts.hold(session, [event.account_id for event in latest])
    await accounts.put(session, latest)
    for event in sorted(latest, key=lambda event: event.account_id):
        before = known.get(event.account_id)
        if event.status == "erased":
            await _forget(session, event.account_id, None, clock.now())
        elif before is None or before.version < event.version:
            # Some may have come and gone in what arrived together, or before we were told of their account.
            were = {p.id for item in events if item.data.account_id == event.account_id for p in item.data.profiles}
            were.update(event.erased_profiles, before.profiles if before is not None else ())
            gone = were - {profile.id for profile in event.profiles}
            if gone:
                await _forget(session, event.account_id, sorted(gone), clock.now())


async def _forget(session: AsyncSession, account_id: UUID, profiles: Sequence[UUID] | None, now: datetime) -> None:
    left = await ratings.forget(session, account_id, profiles)
    await reviews.forget(session, account_id, profiles)
    await outbox.add(session, *(snapshot.rated(total.title_id, total.count, total.sum, now) for total in left))
