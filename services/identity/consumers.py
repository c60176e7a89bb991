"""Events that identity takes in: what billing says of accounts' subscriptions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Received, newest
from libs.contracts.billing import EntitlementChanged
from services.identity import repository


def consumers(db: Database, bus: Bus, _clock: Clock) -> list[Consumer]:
    """Return the consumers of identity."""
    handlers = {EntitlementChanged: Batch(entitlements_changed, repeatable=True)}
    return [Consumer("identity.entitlements", db, bus, handlers)]


async def entitlements_changed(session: AsyncSession, events: Sequence[Received[EntitlementChanged]]) -> None:
    """Keep the newest states; an older one that arrives later changes nothing."""
    await repository.put_entitlements(session, newest(events, lambda e: e.account_id, lambda e: e.version))
