"""What came with very many others, so that indexes take what came alone before it."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "search_0007"
down_revision = "search_0006"


def upgrade() -> None:
    for table in ("titles", "people"):
        # Repeated where the indexes were not finished.
        op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS crowd boolean NOT NULL DEFAULT false")
    for table in ("titles", "people"):
        create_index_concurrently(f"ix_{table}_alone", table, ["seq"], postgresql_where=sa.text("NOT crowd"))


def downgrade() -> None:
    for table in ("titles", "people"):
        op.drop_index(f"ix_{table}_alone", table)
        op.drop_column(table, "crowd")
