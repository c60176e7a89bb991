"""What the use cases of billing stand on: collaborators, what an account may do with its money, what others are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.clock import Clock
from libs.chassis.data.database import Database
from libs.chassis.messaging import outbox
from libs.contracts.billing import EntitlementChanged
from services.billing.clients.provider import PaymentProvider
from services.billing.domain import LIVE, entitled_until
from services.billing.models import Customer, Plan, Subscription
from services.billing.settings import Settings


@dataclass(frozen=True, slots=True)
class Core:
    """The collaborators of the use cases."""

    db: Database
    providers: Mapping[str, PaymentProvider]
    clock: Clock
    settings: Settings

    @property
    def grace(self) -> timedelta:
        """How long a subscription goes on while its renewal cannot be charged."""
        return timedelta(days=self.settings.grace_days)

    async def publish(self, session: AsyncSession, customer: Customer, subscription: Subscription, plan: Plan) -> None:
        """Count a change of what the (locked) customer is entitled to, and tell the others in this transaction."""
        customer.version += 1
        await session.flush()
        alive = subscription.status in LIVE
        until = entitled_until(
            subscription.current_period_end, cancels=subscription.cancel_at_period_end, grace=self.grace
        )
        event = EntitlementChanged.model_validate(
            {
                "account_id": customer.account_id,
                "version": customer.version,
                "plan_id": plan.id,
                "status": subscription.status,
                "max_streams": plan.max_streams if alive else 0,
                "max_height": plan.max_height if alive else 0,
                "downloads": plan.downloads if alive else 0,
                "ads": plan.ads if alive else False,
                "overflow": plan.overflow,
                "valid_until": until if alive else subscription.ended_at,
            }
        )
        await outbox.add(session, event)
