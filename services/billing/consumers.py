"""Events that billing takes in: whether accounts may still buy, and which were erased."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Received, newest
from libs.contracts.identity import AccountChanged
from services.billing import repository


def consumers(db: Database, bus: Bus, clock: Clock) -> list[Consumer]:
    """Return the consumers of billing."""

    async def changed(session: AsyncSession, events: Sequence[Received[AccountChanged]]) -> None:
        await accounts_changed(session, events, clock)

    return [Consumer("billing.accounts", db, bus, {AccountChanged: Batch(changed, repeatable=True)})]


async def accounts_changed(session: AsyncSession, events: Sequence[Received[AccountChanged]], clock: Clock) -> None:
    """Keep the newest statuses; an older one that arrives later changes nothing.

    Of an erased account the books stay, as the law wants: what it paid, when, and to which account number, but no card.
    """
    accounts = newest(events, lambda e: e.account_id, lambda e: e.version)
    written = await repository.put_account_statuses(session, accounts)
    erased = [a.account_id for a in accounts if a.status == "erased" and a.account_id in written]
    if erased:
        # Now, not after the year that was paid for: what is told of its end would bring the account back to others.
        await repository.end_soon(session, erased, clock.now())
        await repository.let_go_of_methods(session, erased, clock.now())
