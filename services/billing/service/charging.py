"""Charging: money is taken once for a purpose, booked when it was taken, and given back when it could not be booked.

The intention is committed before the provider is asked and settled in the transaction that books the charge. What is still
pending afterwards was cut off by a crash: the same purpose takes it up, anything else gives the money back.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.ids import new_id
from libs.chassis.problems import PaymentRequired
from services.billing import repository
from services.billing.models import ChargeAttempt, Customer, Invoice, LedgerEntry, PaymentMethod, Plan, Subscription
from services.billing.service.core import Core

log = telemetry.logger(__name__)
_SAYS = {
    "insufficient_funds": "There is not enough money on this card. Nothing was charged; please use another card.",
    "expired_card": "This card has expired. Nothing was charged; please use another card.",
}


class PaymentDeclined(PaymentRequired):
    """Your card was declined. Nothing was charged; please use another card or ask your bank."""

    code = "payment_declined"

    @classmethod
    def because(cls, reason: str) -> PaymentDeclined:
        return cls(_SAYS.get(reason))


class Charging:
    """Takes money and books it. Every method wants the customer's row locked by the caller's transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def verify(self, method: PaymentMethod) -> None:
        """Raise `PaymentDeclined` for a card its issuer would not let pay."""
        outcome = await self._core.providers[method.provider].verify(method.reference)
        if outcome.status != "paid":
            raise PaymentDeclined.because(outcome.reason)

    async def charge(
        self, session: AsyncSession, customer: Customer, purpose: str, method: PaymentMethod, plan: Plan
    ) -> UUID:
        """Take the plan's price, once for `purpose`, and return the attempt to book. Raises `PaymentDeclined`."""
        taken = await self.recover(session, customer, purpose=purpose, plan=plan)
        if taken is not None:
            return taken
        attempt = new_id()
        # On a connection of its own: this row has to outlive a crash of the transaction we are in.
        await self._core.db.pool.execute(
            "INSERT INTO charge_attempts (id, account_id, purpose, provider, reference, amount, currency, state, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8)",
            attempt, customer.account_id, purpose, method.provider, method.reference, plan.amount, plan.currency,
            self._core.clock.now(),
        )  # fmt: skip
        provider = self._core.providers[method.provider]
        outcome = await provider.charge(str(attempt), method.reference, plan.amount, plan.currency)
        if outcome.status != "paid":
            await self._settle_apart(attempt, "declined")
            raise PaymentDeclined.because(outcome.reason)
        return attempt

    async def recover(
        self, session: AsyncSession, customer: Customer, *, purpose: str | None = None, plan: Plan | None = None
    ) -> UUID | None:
        """Clear up charges that were cut off; return the one that already paid for `purpose`, if there is one."""
        mine: UUID | None = None
        for attempt in await repository.pending_attempts(session, customer.account_id):
            provider = self._core.providers[attempt.provider]
            outcome = await provider.find(str(attempt.id))
            if outcome is not None and outcome.status == "paid":
                if mine is None and plan is not None and _same(attempt, purpose, plan):
                    mine = attempt.id
                    continue
                await provider.refund(str(attempt.id))
                log.warning("unbooked_charge_refunded", account_id=str(customer.account_id), attempt=str(attempt.id))
                await self._settle_apart(attempt.id, "refunded")
            elif outcome is None:
                await self._settle_apart(attempt.id, "void")
            else:
                await self._settle_apart(attempt.id, outcome.status)
        return mine

    async def book(
        self,
        session: AsyncSession,
        attempt: UUID,
        subscription: Subscription,
        plan: Plan,
        method: PaymentMethod,
        period: tuple[datetime, datetime],
    ) -> Invoice:
        """Write the invoice and both sides of the ledger for a charge, and settle its attempt, all in one transaction."""
        now = self._core.clock.now()
        invoice = Invoice(
            id=new_id(),
            account_id=subscription.account_id,
            subscription_id=subscription.id,
            plan_id=plan.id,
            amount=plan.amount,
            currency=plan.currency,
            description=f"Bijou {plan.name}, one {plan.interval}",
            period_start=period[0],
            period_end=period[1],
            charge=str(attempt),
            paid_at=now,
        )
        session.add(invoice)
        await session.flush()
        transaction = new_id()
        sides = ((f"cash:{method.provider}", plan.amount), ("revenue:subscriptions", -plan.amount))
        session.add_all(
            LedgerEntry(
                transaction_id=transaction,
                ledger_account=ledger_account,
                amount=amount,
                currency=plan.currency,
                invoice_id=invoice.id,
                booked_at=now,
            )
            for ledger_account, amount in sides
        )
        await repository.settle_attempt(session, attempt, "paid", now)
        await session.flush()
        return invoice

    async def _settle_apart(self, attempt: UUID, state: str) -> None:
        # What the provider did stays done, whatever becomes of our transaction.
        await self._core.db.pool.execute(
            "UPDATE charge_attempts SET state = $2, settled_at = $3 WHERE id = $1",
            attempt,
            state,
            self._core.clock.now(),
        )


def _same(attempt: ChargeAttempt, purpose: str | None, plan: Plan) -> bool:
    return (attempt.purpose, attempt.amount, attempt.currency) == (purpose, plan.amount, plan.currency)
