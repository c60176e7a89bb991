"""All SQL of billing, the sandbox provider's own apart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from libs.chassis.data import upserts
from libs.contracts.identity import AccountChanged
from services.billing.domain import LIVE
from services.billing.models import (
    ChargeAttempt,
    Customer,
    Invoice,
    PaymentMethod,
    Plan,
    Subscription,
)


async def offered_plans(session: AsyncSession) -> Sequence[Plan]:
    """The price list in its order."""
    return (await session.execute(select(Plan).where(Plan.offered).order_by(Plan.position))).scalars().all()


async def plan(session: AsyncSession, plan_id: str) -> Plan | None:
    """A plan, offered or not."""
    return await session.get(Plan, plan_id)


async def lock_customer(session: AsyncSession, account_id: UUID) -> Customer:
    """The customer row under a lock, made when it is not there: an account's money is handled one thing after another."""
    await session.execute(insert(Customer).values(account_id=account_id).on_conflict_do_nothing())
    found = await session.execute(
        select(Customer)
        .where(Customer.account_id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def put_account_statuses(session: AsyncSession, accounts: Sequence[AccountChanged]) -> set[UUID]:
    """Keep what identity says of accounts (one event each), unless something newer is known; return those that were written."""
    rows = [{"account_id": a.account_id, "account_version": a.version, "account_status": a.status} for a in accounts]
    written: set[UUID] = await upserts.put(session, Customer.__table__, rows, newer="account_version")
    return written


async def end_soon(session: AsyncSession, account_ids: Collection[UUID], now: datetime) -> None:
    """Put the subscriptions of accounts that are no more into the queue of renewals, which ends them."""
    await session.execute(
        update(Subscription)
        .where(Subscription.account_id.in_(account_ids), Subscription.status.in_(LIVE))
        .values(due_at=now, claimed_until=None, claims=0)
    )


async def let_go_of_methods(session: AsyncSession, account_ids: Collection[UUID], now: datetime) -> None:
    """Take every card of accounts off file, those removed long ago too, for the provider to forget."""
    await session.execute(
        update(PaymentMethod)
        .where(PaymentMethod.account_id.in_(account_ids))
        .values(is_default=False, removed_at=func.coalesce(PaymentMethod.removed_at, now), detach_at=now)
    )


async def claim_detached(session: AsyncSession, now: datetime, limit: int) -> list[PaymentMethod]:
    """Take cards that the provider is to forget, the longest waiting first; nobody else gets them for an hour."""
    waiting = (
        select(PaymentMethod.id)
        .where(PaymentMethod.detach_at <= now)
        .order_by(PaymentMethod.detach_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    taken = await session.execute(
        update(PaymentMethod)
        .where(PaymentMethod.id == waiting.c.id)
        .values(detach_at=now + timedelta(hours=1))
        .returning(PaymentMethod)
        .execution_options(synchronize_session=False)
    )
    return list(taken.scalars())


async def delete_method(session: AsyncSession, method_id: UUID) -> None:
    """Forget a payment method."""
    await session.execute(delete(PaymentMethod).where(PaymentMethod.id == method_id))


async def methods(session: AsyncSession, account_id: UUID) -> Sequence[PaymentMethod]:
    """The payment methods on file, the default one first, then the newest."""
    found = await session.execute(
        select(PaymentMethod)
        .where(PaymentMethod.account_id == account_id, PaymentMethod.removed_at.is_(None))
        .order_by(PaymentMethod.is_default.desc(), PaymentMethod.id.desc())
    )
    return found.scalars().all()


async def method(session: AsyncSession, account_id: UUID, method_id: UUID) -> PaymentMethod | None:
    """The payment method, if it is this account's and still on file."""
    found = await session.execute(
        select(PaymentMethod).where(
            PaymentMethod.id == method_id, PaymentMethod.account_id == account_id, PaymentMethod.removed_at.is_(None)
        )
    )
    return found.scalar_one_or_none()


async def method_by_reference(session: AsyncSession, provider: str, reference: str) -> PaymentMethod | None:
    """The payment method with this name at the provider, whoever's it is."""
    found = await session.execute(
        select(PaymentMethod).where(PaymentMethod.provider == provider, PaymentMethod.reference == reference)
    )
    return found.scalar_one_or_none()


async def add_method(session: AsyncSession, method: PaymentMethod) -> bool:
    """Insert a payment method; False when somebody was quicker with the same card token."""
    columns = {column.name: getattr(method, column.name) for column in PaymentMethod.__table__.columns}
    done = await session.execute(
        insert(PaymentMethod)
        .values(columns)
        .on_conflict_do_nothing(index_elements=["provider", "reference"])
        .returning(PaymentMethod.id)
    )
    return done.first() is not None


async def clear_default_method(session: AsyncSession, account_id: UUID) -> None:
    """Leave the account without a default method, for another one to become it."""
    await session.execute(
        update(PaymentMethod)
        .where(PaymentMethod.account_id == account_id, PaymentMethod.is_default)
        .values(is_default=False)
    )


async def live_subscription(session: AsyncSession, account_id: UUID) -> Subscription | None:
    """The account's subscription that has not ended, as it is now."""
    found = await session.execute(
        select(Subscription)
        .where(Subscription.account_id == account_id, Subscription.status.in_(LIVE))
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def last_subscription(session: AsyncSession, account_id: UUID) -> Subscription | None:
    """The account's newest subscription, ended or not."""
    found = await session.execute(
        select(Subscription).where(Subscription.account_id == account_id).order_by(Subscription.id.desc()).limit(1)
    )
    return found.scalar_one_or_none()


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> list[UUID]:
    """Take accounts out of the queue whose subscription has to be renewed, ended or charged again, the longest waiting first."""
    ready = func.greatest(Subscription.claimed_until, Subscription.due_at)
    waiting = (
        select(Subscription.id)
        .where(Subscription.status.in_(LIVE), ready <= now)
        .order_by(ready)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    taken = await session.execute(
        update(Subscription)
        .where(Subscription.id == waiting.c.id)
        .values(claims=Subscription.claims + 1, claimed_until=_later(now, Subscription.claims))
        .returning(Subscription.account_id)
        .execution_options(synchronize_session=False)
    )
    return list(taken.scalars())


async def claim_cut_off(session: AsyncSession, now: datetime, limit: int) -> list[ChargeAttempt]:
    """Take charges that were begun and neither booked nor undone, the longest waiting first."""
    waiting = (
        select(ChargeAttempt.id)
        .where(ChargeAttempt.state.in_(("pending", "undoing")), ChargeAttempt.next_try_at <= now)
        .order_by(ChargeAttempt.next_try_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    taken = await session.execute(
        update(ChargeAttempt)
        .where(ChargeAttempt.id == waiting.c.id)
        .values(tries=ChargeAttempt.tries + 1, next_try_at=_later(now, ChargeAttempt.tries))
        .returning(ChargeAttempt)
        .execution_options(synchronize_session=False)
    )
    return list(taken.scalars())


def _later(now: datetime, times: InstrumentedAttribute[int]) -> ColumnElement[datetime]:
    """When something that was taken up so many times may be taken up again: in 2 minutes, doubled each time to 8.5 hours."""
    return literal(now, DateTime(timezone=True)) + func.make_interval(0, 0, 0, 0, 0, 2) * func.power(
        2, func.least(times, 8)
    )


async def pending_attempts(session: AsyncSession, account_id: UUID) -> Sequence[ChargeAttempt]:
    """Charges that were begun for this account and never booked, oldest first."""
    found = await session.execute(
        select(ChargeAttempt)
        .where(ChargeAttempt.account_id == account_id, ChargeAttempt.state == "pending")
        .order_by(ChargeAttempt.id)
        .execution_options(populate_existing=True)
    )
    return found.scalars().all()


async def settle_attempt(
    session: AsyncSession, attempt_id: UUID, state: str, now: datetime, *, of: Sequence[str]
) -> bool:
    """Record what became of a charge; False when it was in none of the states `of`."""
    done = await session.execute(
        update(ChargeAttempt)
        .where(ChargeAttempt.id == attempt_id, ChargeAttempt.state.in_(of))
        .values(state=state, settled_at=now, held_until=None)
        .returning(ChargeAttempt.id)
    )
    return done.first() is not None


async def begin_undoing(session: AsyncSession, attempt_id: UUID) -> ChargeAttempt | None:
    """Take a charge from whoever could still book it; None when it is settled.

    A void one is looked at again: a provider that had not heard of it may have by now.
    """
    done = await session.execute(
        update(ChargeAttempt)
        .where(ChargeAttempt.id == attempt_id, ChargeAttempt.state.in_(("pending", "undoing", "void")))
        .values(state="undoing", held_until=None)
        .returning(ChargeAttempt)
    )
    return done.scalar_one_or_none()


async def release_attempt(session: AsyncSession, attempt_id: UUID) -> None:
    """Let go of a charge."""
    await session.execute(update(ChargeAttempt).where(ChargeAttempt.id == attempt_id).values(held_until=None))


async def invoices(session: AsyncSession, account_id: UUID, limit: int, before: UUID | None) -> Sequence[Invoice]:
    """The account's invoices, newest first, from the one after `before` on."""
    wanted = select(Invoice).where(Invoice.account_id == account_id).order_by(Invoice.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(Invoice.id < before)
    return (await session.execute(wanted)).scalars().all()
