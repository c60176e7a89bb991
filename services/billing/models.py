"""Tables of billing. Money is always in minor units (cents)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.data.database import new_metadata
from libs.chassis.data.lifetimes import Forever, Lifetime

STAMP = DateTime(timezone=True)


class Base(DeclarativeBase):
    """Base of billing's tables."""

    metadata = new_metadata()


class Plan(Base):
    """What can be bought. `position` is the order of the price list."""

    __tablename__ = "plans"
    __lifetime__ = Forever("the price list")
    __table_args__ = (
        CheckConstraint("interval IN ('month', 'year')", name="interval"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("overflow IN ('block_newest', 'stop_oldest')", name="overflow"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    interval: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    max_streams: Mapped[int]
    max_height: Mapped[int]
    downloads: Mapped[int]
    ads: Mapped[bool]
    trial_days: Mapped[int]
    overflow: Mapped[str] = mapped_column(Text)
    position: Mapped[int]
    offered: Mapped[bool] = mapped_column(server_default=text("true"), default=True)


class Customer(Base):
    """An account as billing sees it, and the row under whose lock everything about its money happens.

    `version` counts published entitlements; `account_version` is that of identity's news we know last.
    """

    __tablename__ = "customers"
    __lifetime__ = Forever("one row for each account")

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    trial_used_at: Mapped[datetime | None] = mapped_column(STAMP)
    account_status: Mapped[str] = mapped_column(Text, server_default="active", default="active")
    account_version: Mapped[int] = mapped_column(server_default=text("0"), default=0)


class PaymentMethod(Base):
    """A card the provider keeps for us: we know its name at the provider, its brand and last four digits, no more.

    From `detach_at` on it is one of an erased account, which the provider has to forget before we do.
    """

    __tablename__ = "payment_methods"
    __lifetime__ = Forever("a handful for each account, gone with it")
    __table_args__ = (
        UniqueConstraint("provider", "reference"),
        Index("ix_payment_methods_account_id", "account_id"),
        Index(
            "uq_payment_methods_default",
            "account_id",
            unique=True,
            postgresql_where=text("is_default AND removed_at IS NULL"),
        ),
        Index("ix_payment_methods_detach_at", "detach_at", postgresql_where=text("detach_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    provider: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    brand: Mapped[str] = mapped_column(Text)
    last4: Mapped[str] = mapped_column(Text)
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    is_default: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(STAMP)
    removed_at: Mapped[datetime | None] = mapped_column(STAMP)
    detach_at: Mapped[datetime | None] = mapped_column(STAMP)


class Subscription(Base):
    """One subscription; an account has at most one that is alive. Period numbers count from `anchor_at`, 0 is the trial.

    From `due_at` on it waits in the queue of renewals. Who takes it out writes `claimed_until`, before which nobody else
    does; `claims` counts how often that came to nothing.
    """

    __tablename__ = "subscriptions"
    __lifetime__ = Forever("business records")
    __table_args__ = (
        CheckConstraint("status IN ('trialing', 'active', 'past_due', 'canceled')", name="status"),
        Index("ix_subscriptions_account_id", "account_id"),
        Index(
            "uq_subscriptions_live",
            "account_id",
            unique=True,
            postgresql_where=text("status IN ('trialing', 'active', 'past_due')"),
        ),
        Index(
            "ix_subscriptions_ready_at",
            text("greatest(claimed_until, due_at)"),
            postgresql_where=text("status IN ('trialing', 'active', 'past_due')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("customers.account_id"))
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    status: Mapped[str] = mapped_column(Text)
    anchor_at: Mapped[datetime] = mapped_column(STAMP)
    period_number: Mapped[int]
    current_period_start: Mapped[datetime] = mapped_column(STAMP)
    current_period_end: Mapped[datetime] = mapped_column(STAMP)
    cancel_at_period_end: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    due_at: Mapped[datetime] = mapped_column(STAMP)
    claimed_until: Mapped[datetime | None] = mapped_column(STAMP)
    claims: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    ended_at: Mapped[datetime | None] = mapped_column(STAMP)

    def due_from(self, moment: datetime) -> None:
        """Put it into the queue of renewals anew, for then."""
        self.due_at, self.claimed_until, self.claims = moment, None, 0


class Invoice(Base):
    """What was charged for. `number` grows without meaning anything else."""

    __tablename__ = "invoices"
    __lifetime__ = Forever("business records, to be kept for ten years and more")
    __table_args__ = (Index("ix_invoices_account_id_id", "account_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    account_id: Mapped[UUID]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"))
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    period_start: Mapped[datetime] = mapped_column(STAMP)
    period_end: Mapped[datetime] = mapped_column(STAMP)
    charge: Mapped[str] = mapped_column(Text, unique=True)
    paid_at: Mapped[datetime] = mapped_column(STAMP)


class LedgerEntry(Base):
    """One side of a booking. The entries of a `transaction_id` sum to zero, which the database sees to at commit.

    Debits are positive. Ledger accounts: `cash:<provider>` (what the provider holds for us), `revenue:subscriptions`.
    """

    __tablename__ = "ledger_entries"
    __lifetime__ = Forever("the books")
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_ledger_entries_transaction_id", "transaction_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    transaction_id: Mapped[UUID]
    ledger_account: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"))
    booked_at: Mapped[datetime] = mapped_column(STAMP)


class ChargeAttempt(Base):
    """The intention to charge, committed before the provider is asked, so that a crash cannot hide a charge.

    Its id is the idempotency key at the provider. `purpose` says what for; the same purpose asked again takes the attempt up.
    Until `held_until` somebody is at work on it. From `next_try_at` on it counts as cut off and is cleared up, `tries` times
    so far. `undoing`: it is not booked any more, what it took is being given back.
    """

    __tablename__ = "charge_attempts"
    __lifetime__ = Lifetime("created_at", timedelta(days=400), "state IN ('declined', 'void')")
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'paid', 'declined', 'undoing', 'void', 'refunded')", name="state"),
        Index("ix_charge_attempts_pending", "account_id", postgresql_where=text("state = 'pending'")),
        Index("ix_charge_attempts_open", "next_try_at", postgresql_where=text("state IN ('pending', 'undoing')")),
        Index("ix_charge_attempts_failed", "created_at", postgresql_where=text("state IN ('declined', 'void')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    settled_at: Mapped[datetime | None] = mapped_column(STAMP)
    held_until: Mapped[datetime | None] = mapped_column(STAMP)
    tries: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    next_try_at: Mapped[datetime] = mapped_column(STAMP, server_default=text("now() + interval '2 minutes'"))


class SandboxCard(Base):
    """The sandbox provider's own: a card behind a token. The number itself is never kept."""

    __tablename__ = "sandbox_cards"
    __lifetime__ = Forever("the sandbox of developers")

    token: Mapped[str] = mapped_column(Text, primary_key=True)
    brand: Mapped[str] = mapped_column(Text)
    last4: Mapped[str] = mapped_column(Text)
    exp_month: Mapped[int]
    exp_year: Mapped[int]
    behaviour: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(STAMP)


class SandboxCharge(Base):
    """The sandbox provider's own: what became of the charge with this idempotency key."""

    __tablename__ = "sandbox_charges"
    __lifetime__ = Forever("the sandbox of developers")

    idempotency_key: Mapped[str] = mapped_column(Text, primary_key=True)
    token: Mapped[str] = mapped_column(ForeignKey("sandbox_cards.token"))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(STAMP)
    refunded_at: Mapped[datetime | None] = mapped_column(STAMP)
