"""Renewals: what happens to a subscription when its period ends, and the part that sees to it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from libs.chassis import telemetry
from libs.chassis.parts import Loop
from services.billing import repository
from services.billing.domain import first_period, next_period
from services.billing.models import Subscription
from services.billing.service.charging import Charging, PaymentDeclined
from services.billing.service.core import Core
from services.billing.service.subscriptions import Subscriptions

log = telemetry.logger(__name__)
BATCH = 200
# A charge that is still pending after this was cut off; nobody works on it any more.
STALE = timedelta(minutes=2)


class Renewals(Loop):
    """A part. Any number of replicas may run it: each account is handled under its lock and looked at again there."""

    name = "renewals"
    slowest = 30.0

    def __init__(self, core: Core, charging: Charging, subscriptions: Subscriptions) -> None:
        super().__init__()
        self.every = core.settings.renewal_interval
        self._core = core
        self._charging = charging
        self._subscriptions = subscriptions

    async def work(self) -> None:
        await self.run_once()

    async def run_once(self) -> int:
        """Handle everything that is due, clear up charges that were cut off; return how many accounts were handled."""
        now = self._core.clock.now()
        async with self._core.db.transaction() as session:
            due = list(await repository.due(session, now, BATCH))
            stale = list(await repository.accounts_with_stale_attempts(session, now - STALE, BATCH))
        failed: Exception | None = None
        for account_id in due:
            try:
                await self.renew(account_id)
            except Exception as error:  # one account in trouble must not keep the others waiting
                failed = error
                log.exception("renewal_failed", account_id=str(account_id))
        for account_id in stale:
            async with self._core.db.transaction() as session:
                await self._charging.recover(session, await repository.lock_customer(session, account_id))
        if failed is not None:
            raise failed
        return len(due) + len(stale)

    async def renew(self, account_id: UUID) -> Subscription | None:
        """Carry an account's due subscription into its next period, or end it; return it, or None when nothing is due."""
        core = self._core
        async with core.db.transaction() as session:
            now = core.clock.now()
            customer = await repository.lock_customer(session, account_id)
            subscription = await repository.live_subscription(session, account_id)
            if subscription is None or subscription.due_at > now:
                return None
            plan = await repository.plan(session, subscription.plan_id)
            assert plan is not None
            if subscription.cancel_at_period_end or customer.account_status != "active":
                await self._subscriptions.end(session, customer, subscription, plan)
                return subscription
            methods = await repository.methods(session, account_id)
            grace_ends = subscription.current_period_end + core.grace
            period = next_period(
                subscription.anchor_at, subscription.period_number, subscription.current_period_end, plan.interval
            )
            if now > grace_ends:
                period = first_period(now, plan.interval)  # nobody pays for days on which nothing could be watched
            purpose = f"renew:{subscription.id}:{period.number}:{period.start.date()}"
            try:
                if not methods:
                    raise PaymentDeclined
                attempt = await self._charging.charge(session, customer, purpose, methods[0], plan)
            except PaymentDeclined:
                subscription.attempts += 1
                if now >= grace_ends:
                    await self._subscriptions.end(session, customer, subscription, plan)
                    return subscription
                subscription.due_at = min(now + timedelta(hours=core.settings.retry_hours), grace_ends)
                if subscription.status != "past_due":
                    subscription.status = "past_due"
                    await core.publish(session, customer, subscription, plan)
                return subscription
            subscription.status = "active"
            subscription.attempts = 0
            subscription.anchor_at, subscription.period_number = period.anchor, period.number
            subscription.current_period_start, subscription.current_period_end = period.start, period.end
            subscription.due_at = period.end
            await self._charging.book(session, attempt, subscription, plan, methods[0], (period.start, period.end))
            await core.publish(session, customer, subscription, plan)
            return subscription
