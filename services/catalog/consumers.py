"""Events in: assets from the pipeline, and accounts that were erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging import outbox
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Handler, Received
from libs.contracts.identity import AccountChanged
from libs.contracts.media import AssetFailed, AssetReady
from services.catalog.repository import ratings
from services.catalog.service import assets, snapshot


def consumers(db: Database, bus: Bus, clock: Clock) -> list[Consumer]:
    """Return the consumers of catalog."""

    async def asset_ready(session: AsyncSession, event: Received[AssetReady]) -> None:
        await assets.ready(session, event.data, clock)

    async def asset_failed(session: AsyncSession, event: Received[AssetFailed]) -> None:
        await assets.failed(session, event.data)

    async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
        """Forget what accounts rated that were erased."""
        erased = {event.data.account_id for event in events if event.data.status == "erased"}
        for account_id in sorted(erased):
            left = await ratings.forget(session, account_id)
            told = [snapshot.rated(total.title_id, total.count, total.sum, clock.now()) for total in left]
            await outbox.add(session, *told)

    handlers: dict[type[Any], Handler] = {
        AssetReady: asset_ready,
        AssetFailed: asset_failed,
        AccountChanged: Batch(accounts_changed, repeatable=True),
    }
    return [Consumer("catalog", db, bus, handlers)]
