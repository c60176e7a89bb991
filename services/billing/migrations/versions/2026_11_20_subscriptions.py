"""Plans, subscriptions, invoices, the ledger, and the sandbox provider's tables."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables

revision = "2026_11_20_subscriptions"
down_revision = None
branch_labels = None
depends_on = None

STAMP = sa.DateTime(timezone=True)
LIVE = sa.text("status IN ('trialing', 'active', 'past_due')")

# Id, name, cents a month, streams, height in pixels, downloads. A year costs ten months.
TIERS = (
    ("basic", "Basic", 699, 1, 720, 0),
    ("standard", "Standard", 1299, 2, 1080, 2),
    ("premium", "Premium", 1799, 4, 2160, 6),
)


def upgrade() -> None:
    create_chassis_tables()
    plans = op.create_table(
        "plans",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("interval", sa.Text, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("max_streams", sa.Integer, nullable=False),
        sa.Column("max_height", sa.Integer, nullable=False),
        sa.Column("downloads", sa.Integer, nullable=False),
        sa.Column("ads", sa.Boolean, nullable=False),
        sa.Column("trial_days", sa.Integer, nullable=False),
        sa.Column("overflow", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("offered", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.CheckConstraint("interval IN ('month', 'year')", name="interval"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.CheckConstraint("overflow IN ('block_newest', 'stop_oldest')", name="overflow"),
    )
    op.create_table(
        "customers",
        sa.Column("account_id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("trial_used_at", STAMP),
        sa.Column("account_status", sa.Text, nullable=False, server_default="active"),
        sa.Column("account_version", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("brand", sa.Text, nullable=False),
        sa.Column("last4", sa.Text, nullable=False),
        sa.Column("exp_month", sa.Integer, nullable=False),
        sa.Column("exp_year", sa.Integer, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("removed_at", STAMP),
        sa.UniqueConstraint("provider", "reference"),
    )
    op.create_index("ix_payment_methods_account_id", "payment_methods", ["account_id"])
    op.create_index(
        "uq_payment_methods_default",
        "payment_methods",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("is_default AND removed_at IS NULL"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, sa.ForeignKey("customers.account_id"), nullable=False),
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.id"), nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("anchor_at", STAMP, nullable=False),
        sa.Column("period_number", sa.Integer, nullable=False),
        sa.Column("current_period_start", STAMP, nullable=False),
        sa.Column("current_period_end", STAMP, nullable=False),
        sa.Column("cancel_at_period_end", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("due_at", STAMP, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("ended_at", STAMP),
        sa.CheckConstraint("status IN ('trialing', 'active', 'past_due', 'canceled')", name="status"),
    )
    op.create_index("ix_subscriptions_account_id", "subscriptions", ["account_id"])
    op.create_index("uq_subscriptions_live", "subscriptions", ["account_id"], unique=True, postgresql_where=LIVE)
    op.create_index("ix_subscriptions_due_at", "subscriptions", ["due_at"], postgresql_where=LIVE)
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("subscription_id", sa.Uuid, sa.ForeignKey("subscriptions.id"), nullable=False),
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.id"), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("period_start", STAMP, nullable=False),
        sa.Column("period_end", STAMP, nullable=False),
        sa.Column("charge", sa.Text, nullable=False, unique=True),
        sa.Column("paid_at", STAMP, nullable=False),
    )
    op.create_index("ix_invoices_account_id_id", "invoices", ["account_id", "id"])
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("transaction_id", sa.Uuid, nullable=False),
        sa.Column("ledger_account", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("invoice_id", sa.Uuid, sa.ForeignKey("invoices.id"), nullable=False),
        sa.Column("booked_at", STAMP, nullable=False),
        sa.CheckConstraint("amount <> 0", name="amount"),
    )
    op.create_index("ix_ledger_entries_transaction_id", "ledger_entries", ["transaction_id"])
    op.create_table(
        "charge_attempts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("settled_at", STAMP),
        sa.CheckConstraint("state IN ('pending', 'paid', 'declined', 'void', 'refunded')", name="state"),
    )
    op.create_index(
        "ix_charge_attempts_pending", "charge_attempts", ["account_id"], postgresql_where=sa.text("state = 'pending'")
    )
    op.create_table(
        "sandbox_cards",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("brand", sa.Text, nullable=False),
        sa.Column("last4", sa.Text, nullable=False),
        sa.Column("exp_month", sa.Integer, nullable=False),
        sa.Column("exp_year", sa.Integer, nullable=False),
        sa.Column("behaviour", sa.Text, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
    )
    op.create_table(
        "sandbox_charges",
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, sa.ForeignKey("sandbox_cards.token"), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", STAMP, nullable=False),
        sa.Column("refunded_at", STAMP),
    )
    _keep_the_ledger_balanced()
    op.bulk_insert(plans, list(_price_list()))


def _keep_the_ledger_balanced() -> None:
    # At commit, so that the entries of one transaction may be inserted one after the other.
    op.execute(
        """
        CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN
                RAISE EXCEPTION 'ledger entries are never changed: book the opposite';
            END IF;
            IF EXISTS (SELECT 1 FROM ledger_entries WHERE transaction_id = NEW.transaction_id
                       GROUP BY currency HAVING sum(amount) <> 0) THEN
                RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_balances AFTER INSERT OR UPDATE OR DELETE ON ledger_entries"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances()"
    )


def _price_list() -> Iterator[dict[str, object]]:
    position = 0
    for tier, name, monthly, streams, height, downloads in TIERS:
        for interval, amount, trial_days in (("month", monthly, 14), ("year", monthly * 10, 0)):
            position += 1
            yield {
                "id": f"{tier}-{interval}",
                "name": name,
                "interval": interval,
                "amount": amount,
                "currency": "USD",
                "max_streams": streams,
                "max_height": height,
                "downloads": downloads,
                "ads": False,
                "trial_days": trial_days,
                "overflow": "block_newest",
                "position": position,
                "offered": True,
            }


def downgrade() -> None:
    for table in (
        "sandbox_charges", "sandbox_cards", "charge_attempts", "ledger_entries", "invoices", "subscriptions",
        "payment_methods", "customers", "plans",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP FUNCTION ledger_balances()")
    drop_chassis_tables()
