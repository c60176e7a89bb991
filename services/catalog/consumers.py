"""Events in: assets from the pipeline, and accounts that were erased."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.consumers import Consumer, Received
from libs.chassis.database import Database
from libs.chassis.messaging import Bus
from libs.contracts.identity import AccountChanged
from libs.contracts.media import AssetFailed, AssetReady
from services.catalog.repository import ratings
from services.catalog.service import arrivals


def consumer(db: Database, bus: Bus, clock: Clock) -> Consumer:
    """Return the consumer of catalog."""

    async def asset_ready(session: AsyncSession, event: Received[AssetReady]) -> None:
        await arrivals.ready(session, event.data, clock)

    async def asset_failed(session: AsyncSession, event: Received[AssetFailed]) -> None:
        await arrivals.failed(session, event.data)

    async def account_changed(session: AsyncSession, event: Received[AccountChanged]) -> None:
        if event.data.status == "erased":
            await ratings.forget(session, event.data.account_id)

    return Consumer(
        "catalog", db, bus,
        {AssetReady: asset_ready, AssetFailed: asset_failed, AccountChanged: account_changed},
    )  # fmt: skip
