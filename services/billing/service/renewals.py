"""Renewals: what happens to a subscription when its period ends, and the component that sees to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.components import Loop
from services.billing import repository
from services.billing.domain import Period, following_period
from services.billing.models import ChargeAttempt, Customer, PaymentMethod, Plan, Subscription
from services.billing.service.base import Core
from services.billing.service.charging import Charging, Intention, PaymentUndone
from services.billing.service.subscriptions import Subscriptions

log = telemetry.logger(__name__)
T = TypeVar("T")
BATCH = 20
AT_ONCE = 4
RENEWAL = "renew:"


@dataclass(frozen=True, slots=True)
class Due:
    """A renewal between its two transactions: the charge to make, for which subscription, after which period."""

    subscription_id: UUID
    ended: datetime
    period: Period
    intention: Intention


class Renewals(Loop):
    """A component. Any number of replicas may run it: a queue hands every account to one of them at a time.

    Who is handed out is not handed out again for a while, which doubles each time it comes to nothing; so accounts in trouble
    wait behind the others, however many they are and whatever their trouble is.
    """

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
        """Handle everything that is due, clear up charges that were cut off, have cards of erased accounts forgotten.

        Return how many accounts and charges were handled.

        Raises the last error after everyone had their turn.
        """
        handled, failures = 0, list[BaseException]()
        while accounts := await self._claim(repository.claim_due):
            failures += await self._each(accounts, self.renew, "renewal_failed")
            handled += len(accounts)
        while attempts := await self._claim(repository.claim_cut_off):
            failures += await self._each(attempts, self._clear_up, "charge_not_cleared_up")
            handled += len(attempts)
        while methods := await self._claim(repository.claim_detached):
            failures += await self._each(methods, self._detach, "card_not_detached")
        if failures:
            raise failures[-1]
        return handled

    async def _claim(self, claim: Callable[[AsyncSession, datetime, int], Awaitable[list[T]]]) -> list[T]:
        async with self._core.db.transaction() as session:
            return await claim(session, self._core.clock.now(), BATCH)

    async def _each(
        self, items: Iterable[T], handle: Callable[[T], Awaitable[object]], trouble: str
    ) -> list[BaseException]:
        """Handle each item whatever becomes of the others; return what went wrong."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(item: T) -> BaseException | None:
            async with turns:
                try:
                    await handle(item)
                except Exception as error:
                    account = item.account_id if isinstance(item, ChargeAttempt | PaymentMethod) else item
                    log.exception(trouble, account_id=str(account))
                    return error
            return None

        return [error for error in await asyncio.gather(*map(one, items)) if error is not None]

    async def _clear_up(self, attempt: ChargeAttempt) -> None:
        """Book a renewal that was cut off if it is still wanted; undo whatever nobody wants any more."""
        if attempt.state == "pending" and attempt.purpose.startswith(RENEWAL):
            await self.renew(attempt.account_id)
        await self._charging.undo(attempt.id)

    async def _detach(self, method: PaymentMethod) -> None:
        """Have a card forgotten by the provider, and forget it."""
        await self._charging.detach(method)
        async with self._core.db.transaction() as session:
            await repository.delete_method(session, method.id)

    async def renew(self, account_id: UUID) -> bool:
        """Carry an account's due subscription into its next period, or end it; False when nothing is due."""
        async with self._core.db.transaction() as session:
            due = await self._begin(session, account_id)
        if not isinstance(due, Due):
            return due
        outcome = await self._charging.take(due.intention)
        attempt = due.intention.attempt.id
        try:
            async with self._core.db.transaction() as session:
                wanted = await self._finish(session, account_id, due, paid=outcome.status == "paid")
        except PaymentUndone:
            wanted = False
        if not wanted:
            await self._charging.undo(attempt)
        return True

    async def _begin(self, session: AsyncSession, account_id: UUID) -> Due | bool:
        """Settle at once what needs no charge (True), or write down the charge that is needed."""
        now = self._core.clock.now()
        customer = await repository.lock_customer(session, account_id)
        subscription = await repository.live_subscription(session, account_id)
        if subscription is None or subscription.due_at > now:
            return False
        plan = await repository.plan(session, subscription.plan_id)
        assert plan is not None
        if subscription.cancel_at_period_end or customer.account_status != "active":
            await self._subscriptions.end(session, customer, subscription, plan)
            return True
        period = following_period(
            subscription.anchor_at, subscription.period_number, subscription.current_period_end, plan.interval,
            now=now, grace=self._core.grace,
        )  # fmt: skip
        if plan.amount == 0:
            await self._carry_on(session, customer, subscription, plan, period, None)
            return True
        methods = await repository.methods(session, account_id)
        if not methods:
            await self._unpaid(session, customer, subscription, plan)
            return True
        purpose = f"{RENEWAL}{subscription.id}:{period.number}:{period.start.date()}"
        intention = await self._charging.intend(session, customer, purpose, methods[0], plan)
        return Due(subscription.id, subscription.current_period_end, period, intention)

    async def _finish(self, session: AsyncSession, account_id: UUID, due: Due, *, paid: bool) -> bool:
        """Book what the provider said; False when meanwhile the period is not wanted or was paid for otherwise."""
        customer = await repository.lock_customer(session, account_id)
        subscription = await repository.live_subscription(session, account_id)
        if (
            subscription is None
            or subscription.id != due.subscription_id
            or subscription.current_period_end != due.ended
        ):
            return False
        plan = await repository.plan(session, subscription.plan_id)
        assert plan is not None
        if subscription.cancel_at_period_end or customer.account_status != "active":
            await self._subscriptions.end(session, customer, subscription, plan)
            return False
        if paid:
            await self._carry_on(session, customer, subscription, plan, due.period, due.intention.attempt)
        else:
            await self._charging.decline(session, due.intention.attempt.id)
            await self._unpaid(session, customer, subscription, plan)
        return True

    async def _carry_on(
        self,
        session: AsyncSession,
        customer: Customer,
        subscription: Subscription,
        plan: Plan,
        period: Period,
        attempt: ChargeAttempt | None,
    ) -> None:
        subscription.status = "active"
        subscription.attempts = 0
        subscription.anchor_at, subscription.period_number = period.anchor, period.number
        subscription.current_period_start, subscription.current_period_end = period.start, period.end
        subscription.due_from(period.end)
        await self._charging.book(session, attempt, subscription, plan, (period.start, period.end))
        await self._core.publish(session, customer, subscription, plan)

    async def _unpaid(self, session: AsyncSession, customer: Customer, subscription: Subscription, plan: Plan) -> None:
        """Try again another day, or end it when the grace is over."""
        now, grace_ends = self._core.clock.now(), subscription.current_period_end + self._core.grace
        subscription.attempts += 1
        if now >= grace_ends:
            await self._subscriptions.end(session, customer, subscription, plan)
            return
        subscription.due_from(min(now + timedelta(hours=self._core.settings.retry_hours), grace_ends))
        if subscription.status != "past_due":
            subscription.status = "past_due"
            await self._core.publish(session, customer, subscription, plan)
