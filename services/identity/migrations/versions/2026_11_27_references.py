"""Indexes for references, by which those whom a row is taken from are found without reading all of a table."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "2026_11_27_references"
down_revision = "2026_11_27_staff_indexes"
branch_labels = None
depends_on = None

INDEXES = {"ix_sessions_profile_id": ("sessions", "profile_id")}


def upgrade() -> None:
    for name, (table, column) in INDEXES.items():
        create_index_concurrently(name, table, [column], postgresql_where=sa.text(f"{column} IS NOT NULL"))


def downgrade() -> None:
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
