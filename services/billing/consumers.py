"""Events that billing takes in: whether accounts may still buy."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Received, newest
from libs.contracts.identity import AccountChanged
from services.billing import repository


def consumers(db: Database, bus: Bus, _clock: Clock) -> list[Consumer]:
    """Return the consumers of billing."""
    return [Consumer("billing.accounts", db, bus, {AccountChanged: Batch(accounts_changed, repeatable=True)})]


async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
    """Keep the newest statuses; an older one that arrives later changes nothing."""
    await repository.put_account_statuses(session, newest(events, lambda e: e.account_id, lambda e: e.version))
