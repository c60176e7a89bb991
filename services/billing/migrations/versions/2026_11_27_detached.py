"""Which cards the provider is to forget, for their accounts were erased."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "2026_11_27_detached"
down_revision = "2026_11_26_projections"


def upgrade() -> None:
    # Repeated where the index was not finished.
    op.execute("ALTER TABLE payment_methods ADD COLUMN IF NOT EXISTS detach_at timestamptz")
    create_index_concurrently(
        "ix_payment_methods_detach_at",
        "payment_methods",
        ["detach_at"],
        postgresql_where=sa.text("detach_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_payment_methods_detach_at", "payment_methods")
    op.drop_column("payment_methods", "detach_at")
