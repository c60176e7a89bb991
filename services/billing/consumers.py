"""Events that billing takes in: whether an account may still buy."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.consumers import Received
from libs.contracts.identity import AccountChanged
from services.billing import repository


async def on_account(session: AsyncSession, event: Received[AccountChanged]) -> None:
    """Keep the newest status; an older one that arrives later, or again, changes nothing."""
    await repository.put_account_status(session, event.data.account_id, event.data.version, event.data.status)
