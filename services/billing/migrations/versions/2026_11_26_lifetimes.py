"""Indexes by which housekeeping finds what has had its time."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_lifetimes"
down_revision = "2026_11_26_fair_queue"


def upgrade() -> None:
    op.create_index(
        "ix_charge_attempts_failed",
        "charge_attempts",
        ["created_at"],
        postgresql_where=sa.text("state IN ('declined', 'void')"),
    )


def downgrade() -> None:
    op.drop_index("ix_charge_attempts_failed", "charge_attempts")
