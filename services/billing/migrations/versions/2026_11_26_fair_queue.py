"""Renewals and charges that were cut off wait in a fair queue; a charge can be on its way back."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_fair_queue"
down_revision = "2026_11_26_outbox"
branch_labels = None
depends_on = None

STAMP = sa.DateTime(timezone=True)
LIVE = sa.text("status IN ('trialing', 'active', 'past_due')")
STATES = "'pending', 'paid', 'declined', {}'void', 'refunded'"


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("claimed_until", STAMP))
    op.add_column("subscriptions", sa.Column("claims", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_index(
        "ix_subscriptions_ready_at",
        "subscriptions",
        [sa.text("greatest(claimed_until, due_at)")],
        postgresql_where=LIVE,
    )
    op.drop_index("ix_subscriptions_due_at", "subscriptions")
    op.add_column("charge_attempts", sa.Column("held_until", STAMP))
    op.add_column("charge_attempts", sa.Column("tries", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column(
        "charge_attempts",
        sa.Column("next_try_at", STAMP, nullable=False, server_default=sa.text("now() + interval '2 minutes'")),
    )
    op.create_index(
        "ix_charge_attempts_open", "charge_attempts", ["next_try_at"],
        postgresql_where=sa.text("state IN ('pending', 'undoing')"),
    )  # fmt: skip
    _states("'undoing', ")


def _states(more: str) -> None:
    op.execute("ALTER TABLE charge_attempts DROP CONSTRAINT ck_charge_attempts_state")
    op.execute(
        f"ALTER TABLE charge_attempts ADD CONSTRAINT ck_charge_attempts_state CHECK (state IN ({STATES.format(more)}))"
    )


def downgrade() -> None:
    # What is on its way back is as good as begun to the code of before: it asks the provider, and gives it back.
    op.execute("UPDATE charge_attempts SET state = 'pending' WHERE state = 'undoing'")
    _states("")
    op.drop_index("ix_charge_attempts_open", "charge_attempts")
    for column in ("next_try_at", "tries", "held_until"):
        op.drop_column("charge_attempts", column)
    op.create_index("ix_subscriptions_due_at", "subscriptions", ["due_at"], postgresql_where=LIVE)
    op.drop_index("ix_subscriptions_ready_at", "subscriptions")
    for column in ("claims", "claimed_until"):
        op.drop_column("subscriptions", column)
