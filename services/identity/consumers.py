"""Events that identity takes in: what billing says of an account's subscription."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.consumers import Received
from libs.contracts.billing import EntitlementChanged
from services.identity import repository


async def on_entitlement(session: AsyncSession, event: Received[EntitlementChanged]) -> None:
    """Keep the newest state; an older one that arrives later, or again, changes nothing."""
    data = event.data
    await repository.put_entitlement(
        session, data.account_id, data.version, data.status, data.plan_id, data.valid_until
    )
