"""All SQL of billing, the sandbox provider's own apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

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


async def put_account_status(session: AsyncSession, account_id: UUID, version: int, status: str) -> None:
    """Keep what identity says of an account, unless something newer is known."""
    values = {"account_version": version, "account_status": status}
    await session.execute(
        insert(Customer)
        .values(account_id=account_id, **values)
        .on_conflict_do_update(index_elements=["account_id"], set_=values, where=Customer.account_version < version)
    )


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


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Accounts whose subscription has to be renewed, ended or charged again, the longest overdue first."""
    found = await session.execute(
        select(Subscription.account_id)
        .where(Subscription.status.in_(LIVE), Subscription.due_at <= now)
        .order_by(Subscription.due_at)
        .limit(limit)
    )
    return found.scalars().all()


async def pending_attempts(session: AsyncSession, account_id: UUID) -> Sequence[ChargeAttempt]:
    """Charges that were begun for this account and never booked, oldest first."""
    found = await session.execute(
        select(ChargeAttempt)
        .where(ChargeAttempt.account_id == account_id, ChargeAttempt.state == "pending")
        .order_by(ChargeAttempt.id)
        .execution_options(populate_existing=True)
    )
    return found.scalars().all()


async def accounts_with_stale_attempts(session: AsyncSession, before: datetime, limit: int) -> Sequence[UUID]:
    """Accounts with a charge that was begun before then and never booked."""
    found = await session.execute(
        select(ChargeAttempt.account_id)
        .where(ChargeAttempt.state == "pending", ChargeAttempt.created_at < before)
        .distinct()
        .limit(limit)
    )
    return found.scalars().all()


async def settle_attempt(session: AsyncSession, attempt_id: UUID, state: str, now: datetime) -> None:
    """Record what became of a charge."""
    await session.execute(
        update(ChargeAttempt).where(ChargeAttempt.id == attempt_id).values(state=state, settled_at=now)
    )


async def invoices(session: AsyncSession, account_id: UUID, limit: int, before: UUID | None) -> Sequence[Invoice]:
    """The account's invoices, newest first, from the one after `before` on."""
    wanted = select(Invoice).where(Invoice.account_id == account_id).order_by(Invoice.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(Invoice.id < before)
    return (await session.execute(wanted)).scalars().all()
