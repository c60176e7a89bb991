"""Indexes by which staff find one of a million accounts."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "2026_11_27_staff_indexes"
down_revision = "2026_11_27_staff"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_accounts_email_begins": ("email_key text_pattern_ops", None),
    "ix_accounts_name_begins": ("lower(name) text_pattern_ops", None),
    "ix_accounts_staff": ("id", "roles <> '{}'"),
    "ix_accounts_closed": ("id", "status <> 'active'"),
}


def upgrade() -> None:
    for name, (column, where) in INDEXES.items():
        create_index_concurrently(
            name, "accounts", [sa.text(column)], postgresql_where=sa.text(where) if where else None
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "accounts")
