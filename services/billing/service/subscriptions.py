"""Subscriptions: begun with a trial or a charge, cancelled at the period's end, resumed before it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import idempotency
from libs.chassis.ids import new_id
from libs.chassis.problems import Conflict, NotFound, Problem
from libs.chassis.security.revocations import AccountSuspended
from libs.contracts.token import Principal
from services.billing import repository
from services.billing.domain import Period, first_period
from services.billing.models import ChargeAttempt, Customer, Invoice, PaymentMethod, Plan, Subscription
from services.billing.schemas import SubscriptionBody
from services.billing.service.base import Core
from services.billing.service.charging import Charging, Intention, PaymentDeclined, PaymentInProgress
from services.billing.service.payment_methods import PaymentMethodNotFound


class PlanNotFound(NotFound):
    """There is no such plan. Please choose one from the list of plans."""

    code = "plan_not_found"


class AlreadySubscribed(Conflict):
    """You have a plan already. Cancel it first if you want another one."""

    code = "already_subscribed"

    @classmethod
    def to(cls, subscription: Subscription) -> AlreadySubscribed:
        ends = subscription.current_period_end
        if not subscription.cancel_at_period_end:
            return cls()
        return cls(
            f"The plan you have cancelled runs until {ends:%d %B %Y}. Choose another one then, or resume this one.",
            current_period_end=ends,
        )


class NothingToPayWith(Conflict):
    """There is no card on file to go on with. Add one first, then resume your plan."""

    code = "payment_method_missing"


class NoSubscription(NotFound):
    """You have no plan. Choose one to start watching."""

    code = "no_subscription"


@dataclass(frozen=True, slots=True)
class Order:
    """Everything a new subscription needs, as it was when the customer was locked."""

    customer: Customer
    plan: Plan
    method: PaymentMethod
    trial: bool

    @property
    def free_of_charge(self) -> bool:
        """Whether it begins without taking money."""
        return self.trial or self.plan.amount == 0


def body_of(subscription: Subscription) -> SubscriptionBody:
    """Return a subscription as clients see it."""
    return SubscriptionBody.model_validate(subscription, from_attributes=True)


class Subscriptions:
    """Use cases around an account's subscription."""

    def __init__(self, core: Core, charging: Charging) -> None:
        self._core = core
        self._charging = charging
        self._turns = WeakValueDictionary[UUID, asyncio.Lock]()

    async def plans(self) -> list[Plan]:
        """Return the price list."""
        async with self._core.db.transaction() as session:
            return list(await repository.offered_plans(session))

    async def subscribe(self, who: Principal, plan_id: str, method_id: UUID, key: str) -> SubscriptionBody:
        """Begin a subscription, once per idempotency key. The card is checked also where a trial costs nothing yet."""
        scope, purpose = f"subscribe:{who.account_id}", f"subscribe:{key}:{plan_id}:{method_id}"
        body = {"plan_id": plan_id, "payment_method_id": str(method_id)}
        # Repetitions of a request in flight wait here, where waiting costs no connection.
        async with self._turns.setdefault(who.account_id, asyncio.Lock()):
            async with self._core.db.transaction() as session:
                # First: whoever looks for an answer, and is overtaken by it, would be told that there is a plan already.
                await repository.lock_customer(session, who.account_id)
                known = await idempotency.answered(session, scope=scope, key=key, body=body)
                if known is not None:
                    return SubscriptionBody.model_validate(known[1])
                order = await self._order(session, who.account_id, plan_id, method_id)
                intention = None
                if not order.free_of_charge:
                    intention = await self._charging.intend(session, order.customer, purpose, order.method, order.plan)
            attempt = await self._pay(order, intention)
            try:
                async with self._core.db.transaction() as session:

                    async def work() -> tuple[int, dict[str, Any]]:
                        begun = await self._begin(session, who.account_id, plan_id, method_id, attempt)
                        return 201, body_of(begun).model_dump(mode="json")

                    _, answer = await idempotency.once(session, scope=scope, key=key, body=body, work=work)
            except Problem:
                if attempt is not None:  # a decision against it, so the money goes back now
                    await self._charging.undo(attempt.id)
                raise
            except BaseException:
                if attempt is not None:  # cut off: the same request can take it up, any other need not wait
                    await self._charging.release(attempt.id)
                raise
            return SubscriptionBody.model_validate(answer)

    async def _pay(self, order: Order, intention: Intention | None) -> ChargeAttempt | None:
        """Take the price of an order, or check its card where that comes later. Raises `PaymentDeclined`."""
        if intention is None:
            if order.plan.amount:
                await self._charging.verify(order.method)
            return None
        outcome = await self._charging.take(intention)
        if outcome.status != "paid":
            async with self._core.db.transaction() as session:
                await self._charging.decline(session, intention.attempt.id)
            raise PaymentDeclined.because(outcome.reason)
        return intention.attempt

    async def _order(self, session: AsyncSession, account_id: UUID, plan_id: str, method_id: UUID) -> Order:
        """Lock the customer and look at everything that is needed for a subscription to begin."""
        customer = await repository.lock_customer(session, account_id)
        if customer.account_status != "active":
            raise AccountSuspended
        current = await repository.live_subscription(session, account_id)
        if current is not None:
            raise AlreadySubscribed.to(current)
        plan = await repository.plan(session, plan_id)
        if plan is None or not plan.offered:
            raise PlanNotFound
        method = await repository.method(session, account_id, method_id)
        if method is None:
            raise PaymentMethodNotFound
        return Order(customer, plan, method, trial=plan.trial_days > 0 and customer.trial_used_at is None)

    async def _begin(
        self, session: AsyncSession, account_id: UUID, plan_id: str, method_id: UUID, attempt: ChargeAttempt | None
    ) -> Subscription:
        now = self._core.clock.now()
        order = await self._order(session, account_id, plan_id, method_id)
        plan, method = order.plan, order.method
        if (attempt is None) != order.free_of_charge:
            raise PaymentInProgress  # the trial was begun, or the price changed, while this was under way
        if order.trial:
            ends = now + timedelta(days=plan.trial_days)
            period = Period(anchor=ends, number=0, start=now, end=ends)
            order.customer.trial_used_at = now
        else:
            period = first_period(now, plan.interval)
        subscription = Subscription(
            id=new_id(),
            account_id=account_id,
            plan_id=plan.id,
            status="trialing" if order.trial else "active",
            anchor_at=period.anchor,
            period_number=period.number,
            current_period_start=period.start,
            current_period_end=period.end,
            cancel_at_period_end=False,
            due_at=period.end,
            attempts=0,
            created_at=now,
            ended_at=None,
        )
        session.add(subscription)
        await session.flush()
        if not order.trial:
            await self._charging.book(session, attempt, subscription, plan, (period.start, period.end))
        if not method.is_default:
            await repository.clear_default_method(session, account_id)
            method.is_default = True
        await self._core.publish(session, order.customer, subscription, plan)
        return subscription

    async def current(self, who: Principal) -> SubscriptionBody:
        """Return the account's subscription; once it has ended, the last one."""
        async with self._core.db.transaction() as session:
            found = await repository.live_subscription(session, who.account_id)
            found = found or await repository.last_subscription(session, who.account_id)
        if found is None:
            raise NoSubscription
        return body_of(found)

    async def cancel(self, who: Principal) -> SubscriptionBody:
        """End the subscription when its period ends; at once when the period is over and was not paid."""
        async with self._core.db.transaction() as session:
            customer, subscription, plan = await self._live(session, who.account_id)
            if subscription.status == "past_due":
                await self.end(session, customer, subscription, plan)
            elif not subscription.cancel_at_period_end:
                subscription.cancel_at_period_end = True
                await self._core.publish(session, customer, subscription, plan)
            return body_of(subscription)

    async def resume(self, who: Principal) -> SubscriptionBody:
        """Take a cancellation back while the period still runs."""
        async with self._core.db.transaction() as session:
            customer, subscription, plan = await self._live(session, who.account_id)
            if subscription.cancel_at_period_end:
                if subscription.current_period_end <= self._core.clock.now():
                    raise NoSubscription("Your plan has ended. Choose a plan to start again.")
                if plan.amount and not await repository.methods(session, who.account_id):
                    raise NothingToPayWith
                subscription.cancel_at_period_end = False
                await self._core.publish(session, customer, subscription, plan)
            return body_of(subscription)

    async def invoices(self, who: Principal, limit: int, before: UUID | None) -> list[Invoice]:
        """Return one page of invoices, newest first."""
        async with self._core.db.transaction() as session:
            return list(await repository.invoices(session, who.account_id, limit, before))

    async def end(self, session: AsyncSession, customer: Customer, subscription: Subscription, plan: Plan) -> None:
        """End a subscription now, and with it what it allowed."""
        subscription.status = "canceled"
        subscription.ended_at = self._core.clock.now()
        await self._core.publish(session, customer, subscription, plan)

    async def _live(self, session: AsyncSession, account_id: UUID) -> tuple[Customer, Subscription, Plan]:
        customer = await repository.lock_customer(session, account_id)
        subscription = await repository.live_subscription(session, account_id)
        if subscription is None:
            raise NoSubscription
        plan = await repository.plan(session, subscription.plan_id)
        assert plan is not None
        return customer, subscription, plan
