"""Events in: progress, titles, accounts, leases, revoked sign-ins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler, Received
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged, SessionsRevoked
from libs.contracts.playback import LeaseChanged, ProgressUpdated
from services.watchstate.service import projections


def consumers(db: Database, bus: Bus, clock: Clock) -> list[Consumer]:
    """Return the consumers of watchstate."""

    async def progressed(session: AsyncSession, events: Sequence[Received[ProgressUpdated]]) -> None:
        await projections.progressed(session, [event.data for event in events], clock)

    async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
        await projections.accounts_changed(session, events, clock)

    async def leases_changed(session: AsyncSession, events: Sequence[Received[LeaseChanged]]) -> None:
        await projections.leases_changed(session, [event.data for event in events], clock)

    async def sessions_revoked(session: AsyncSession, events: Sequence[Received[SessionsRevoked]]) -> None:
        await projections.sessions_revoked(session, [event.data for event in events], clock)

    handlers: dict[type[Any], Handler] = {
        ProgressUpdated: Batch(progressed, repeatable=True, order=projections.order),
        TitleChanged: Batch(projections.titles_changed, repeatable=True),
        AccountChanged: Batch(accounts_changed, repeatable=True),
        # Each of these is told to devices once, so each is remembered in the inbox.
        SessionsRevoked: Batch(sessions_revoked),
        LeaseChanged: Batch(leases_changed),
    }
    return [Consumer("watchstate", db, bus, handlers)]
