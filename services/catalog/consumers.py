"""Events in: assets from the pipeline, accounts with their profiles, and what is watched most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler, Received, newest
from libs.contracts.identity import AccountChanged
from libs.contracts.media import AssetFailed, AssetReady
from libs.contracts.trending import TrendingChanged
from services.catalog.repository import trending
from services.catalog.service import accounts, assets


def consumers(db: Database, bus: Bus, clock: Clock) -> list[Consumer]:
    """Return the consumers of catalog."""

    async def asset_ready(session: AsyncSession, event: Received[AssetReady]) -> None:
        await assets.ready(session, event.data, clock)

    async def asset_failed(session: AsyncSession, event: Received[AssetFailed]) -> None:
        await assets.failed(session, event.data)

    async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
        await accounts.changed(session, events, clock)

    async def trending_changed(session: AsyncSession, events: Sequence[Received[TrendingChanged]]) -> None:
        await trending.put(session, newest(events, lambda e: e.region, lambda e: e.computed_at))

    handlers: dict[type[Any], Handler] = {
        AssetReady: asset_ready,
        AssetFailed: asset_failed,
        AccountChanged: Batch(accounts_changed, repeatable=True),
        TrendingChanged: Batch(trending_changed, repeatable=True),
    }
    # 2: accounts' profiles are kept.
    return [Consumer("catalog", db, bus, handlers, schema=2)]
