"""Charging: money is taken once for a purpose, booked when it was taken, and given back when it could not be booked.

Three steps, each committed before the next: the intention is written down, the provider is asked (outside every transaction,
with the intention's id as its key), the outcome is booked. What is still pending afterwards was cut off: the same purpose
takes it up by asking the provider what became of it, anything else undoes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.ids import new_id
from libs.chassis.messaging import outbox
from libs.chassis.problems import Conflict, PaymentRequired, Unavailable
from libs.contracts.billing import ChargeBooked
from services.billing import repository
from services.billing.clients.provider import Outcome, PaymentProvider
from services.billing.models import ChargeAttempt, Customer, Invoice, LedgerEntry, PaymentMethod, Plan, Subscription
from services.billing.service.base import Core

log = telemetry.logger(__name__)
# How long the provider may take to answer, how long nobody else touches an account's open charge, and when a charge counts
# as cut off. Each is well above the one before: a charge that is undone must not be one that is still being made.
PATIENCE = 20.0
HELD = timedelta(seconds=60)
CUT_OFF = timedelta(minutes=2)
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


class PaymentInProgress(Conflict):
    """A payment of yours is being made right now. Please look again in a minute."""

    code = "payment_in_progress"
    retryable = True


class PaymentUnavailable(Unavailable):
    """The payment provider does not answer. Nothing is charged twice; please try again in a moment."""

    code = "payment_unavailable"


class PaymentUndone(Conflict):
    """This payment took too long and was given back. Please try again."""

    code = "payment_undone"
    retryable = True


@dataclass(frozen=True, slots=True)
class Intention:
    """A charge to make. `repeated`: it was begun before, so the provider may have made it already. `given_up`: to undo first."""

    attempt: ChargeAttempt
    repeated: bool
    given_up: tuple[UUID, ...]


class Charging:
    """Takes money and books it."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def verify(self, method: PaymentMethod) -> None:
        """Raise `PaymentDeclined` for a card its issuer would not let pay."""
        async with self._asking(method.provider) as provider:
            outcome = await provider.verify(method.reference)
        if outcome.status != "paid":
            raise PaymentDeclined.because(outcome.reason)

    async def detach(self, method: PaymentMethod) -> None:
        """Have the provider forget a card."""
        async with self._asking(method.provider) as provider:
            await provider.detach(method.reference)

    async def intend(
        self, session: AsyncSession, customer: Customer, purpose: str, method: PaymentMethod, plan: Plan
    ) -> Intention:
        """Write down that the (locked) customer is to pay the plan's price, or find that it was written down before.

        What the customer left open for anything else is given up with it. Raises `PaymentInProgress` where somebody is at
        work on such a charge.
        """
        now = self._core.clock.now()
        self._provider(method.provider)  # an unknown one is found out before anything is written
        begun = await repository.pending_attempts(session, customer.account_id)
        mine = next((attempt for attempt in begun if _same(attempt, purpose, method, plan)), None)
        others = [attempt for attempt in begun if attempt is not mine]
        if any(attempt.held_until is not None and attempt.held_until > now for attempt in others):
            raise PaymentInProgress(retry_after=int(HELD.total_seconds()))
        for attempt in others:
            attempt.state = "undoing"
        given_up = tuple(attempt.id for attempt in others)
        if mine is not None:
            mine.held_until = now + HELD
            return Intention(mine, repeated=True, given_up=given_up)
        attempt = ChargeAttempt(
            id=new_id(),
            account_id=customer.account_id,
            purpose=purpose,
            provider=method.provider,
            reference=method.reference,
            amount=plan.amount,
            currency=plan.currency,
            state="pending",
            created_at=now,
            held_until=now + HELD,
            tries=0,
            next_try_at=now + CUT_OFF,
        )
        session.add(attempt)
        return Intention(attempt, repeated=False, given_up=given_up)

    async def take(self, intention: Intention) -> Outcome:
        """Ask the provider for the money of a committed intention; it takes it once, however often this is called."""
        attempt = intention.attempt
        key = str(attempt.id)
        try:
            for other in intention.given_up:
                await self.undo(other)
            async with self._asking(attempt.provider) as provider:
                outcome = await provider.find(key) if intention.repeated else None
                if outcome is None:
                    outcome = await provider.charge(key, attempt.reference, attempt.amount, attempt.currency)
        except BaseException:
            await self.release(attempt.id)
            raise
        if outcome.status == "refunded":
            await self.undo(attempt.id)
            raise PaymentUndone
        return outcome

    async def release(self, attempt: UUID) -> None:
        """Say that nobody is at work on a charge any more: another purpose may undo it without waiting."""
        async with self._core.db.transaction() as session:
            await repository.release_attempt(session, attempt)

    async def decline(self, session: AsyncSession, attempt: UUID) -> None:
        """Record that the provider refused."""
        await repository.settle_attempt(session, attempt, "declined", self._core.clock.now(), of=("pending",))

    async def undo(self, attempt: UUID) -> None:
        """Give back what a charge took, if it took anything and was not booked. May be repeated until it succeeds."""
        async with self._core.db.transaction() as session:
            found = await repository.begin_undoing(session, attempt)
        if found is None:
            return
        key = str(found.id)
        async with self._asking(found.provider) as provider:
            outcome = await provider.find(key)
            if outcome is not None and outcome.status == "paid":
                await provider.refund(key)
                log.warning("unbooked_charge_refunded", account_id=str(found.account_id), attempt=key)
        state = "void" if outcome is None else "declined" if outcome.status == "declined" else "refunded"
        async with self._core.db.transaction() as session:
            await repository.settle_attempt(session, found.id, state, self._core.clock.now(), of=("undoing",))

    async def book(
        self,
        session: AsyncSession,
        attempt: ChargeAttempt | None,
        subscription: Subscription,
        plan: Plan,
        period: tuple[datetime, datetime],
    ) -> Invoice:
        """Write the invoice and both sides of the ledger for a charge, and settle its attempt, all in one transaction.

        Without an attempt for a plan that costs nothing: its invoice says so, and no money moves. Raises `PaymentUndone` when
        the charge is no longer there to be booked.
        """
        now = self._core.clock.now()
        invoice_id = new_id()
        invoice = Invoice(
            id=invoice_id,
            account_id=subscription.account_id,
            subscription_id=subscription.id,
            plan_id=plan.id,
            amount=attempt.amount if attempt else 0,
            currency=attempt.currency if attempt else plan.currency,
            description=f"Bijou {plan.name}, one {plan.interval}",
            period_start=period[0],
            period_end=period[1],
            charge=str(attempt.id) if attempt else f"free:{invoice_id}",
            paid_at=now,
        )
        session.add(invoice)
        await session.flush()
        if attempt is not None:
            if not await repository.settle_attempt(session, attempt.id, "paid", now, of=("pending",)):
                raise PaymentUndone
            session.add_all(_entries(invoice, attempt, now))
            await session.flush()
        await outbox.add(session, _booked(invoice))
        return invoice

    def _provider(self, name: str) -> PaymentProvider:
        return self._core.providers[name]

    @asynccontextmanager
    async def _asking(self, name: str) -> AsyncIterator[PaymentProvider]:
        provider = self._provider(name)
        try:
            async with asyncio.timeout(PATIENCE):
                yield provider
        except (TimeoutError, OSError) as error:
            log.warning("payment_provider_away", provider=name, error=f"{type(error).__name__}: {error}")
            raise PaymentUnavailable from error


def _booked(invoice: Invoice) -> ChargeBooked:
    return ChargeBooked(
        invoice_id=invoice.id,
        account_id=invoice.account_id,
        plan_id=invoice.plan_id,
        amount=invoice.amount,
        currency=invoice.currency,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        paid_at=invoice.paid_at,
    )


def _entries(invoice: Invoice, attempt: ChargeAttempt, now: datetime) -> list[LedgerEntry]:
    transaction = new_id()
    sides = ((f"cash:{attempt.provider}", attempt.amount), ("revenue:subscriptions", -attempt.amount))
    return [
        LedgerEntry(
            transaction_id=transaction,
            ledger_account=ledger_account,
            amount=amount,
            currency=attempt.currency,
            invoice_id=invoice.id,
            booked_at=now,
        )
        for ledger_account, amount in sides
    ]


def _same(attempt: ChargeAttempt, purpose: str, method: PaymentMethod, plan: Plan) -> bool:
    begun = (attempt.purpose, attempt.provider, attempt.reference, attempt.amount, attempt.currency)
    return begun == (purpose, method.provider, method.reference, plan.amount, plan.currency)
