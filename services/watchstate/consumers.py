"""Events in: progress by itself, for there is much of it; titles, accounts and leases together."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.consumers import Consumer, Handler, Received
from libs.chassis.database import Database
from libs.chassis.messaging import Bus
from libs.contracts.catalog import TitleChanged
from libs.contracts.identity import AccountChanged, SessionsRevoked
from libs.contracts.playback import LeaseChanged, ProgressUpdated
from services.watchstate.service import arrivals


def consumers(db: Database, bus: Bus, clock: Clock) -> list[Consumer]:
    """Return the consumers of watchstate."""

    async def progressed(session: AsyncSession, event: Received[ProgressUpdated]) -> None:
        await arrivals.progressed(session, event.data, clock)

    async def title_changed(session: AsyncSession, event: Received[TitleChanged]) -> None:
        await arrivals.title_changed(session, event.data)

    async def account_changed(session: AsyncSession, event: Received[AccountChanged]) -> None:
        await arrivals.account_changed(session, event.data, clock)

    async def lease_changed(session: AsyncSession, event: Received[LeaseChanged]) -> None:
        await arrivals.lease_changed(session, event.data, clock)

    async def sessions_revoked(session: AsyncSession, event: Received[SessionsRevoked]) -> None:
        await arrivals.sessions_revoked(session, event.data, clock)

    neighbours: dict[type[Any], Handler] = {
        TitleChanged: title_changed,
        AccountChanged: account_changed,
        SessionsRevoked: sessions_revoked,
        LeaseChanged: lease_changed,
    }
    return [
        Consumer("watchstate.progress", db, bus, {ProgressUpdated: progressed}),
        Consumer("watchstate", db, bus, neighbours),
    ]
