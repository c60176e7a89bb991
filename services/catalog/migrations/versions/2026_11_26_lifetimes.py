"""Indexes by which housekeeping finds what has had its time."""

from alembic import op

revision = "2026_11_26_lifetimes"
down_revision = "2026_11_26_outbox"


def upgrade() -> None:
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    op.drop_index("ix_audit_at", "audit")
