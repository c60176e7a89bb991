"""How much titles are watched lately, beside how often they were played."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "search_0005"
down_revision = "search_0004"


def upgrade() -> None:
    # Repeated where the index was not finished.
    op.execute(
        "ALTER TABLE signals ADD COLUMN IF NOT EXISTS watched float8, ADD COLUMN IF NOT EXISTS watched_at timestamptz"
    )
    create_index_concurrently(
        "ix_signals_watched", "signals", ["watched_at"], postgresql_where=sa.text("watched IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_signals_watched", "signals")
    op.drop_column("signals", "watched_at")
    op.drop_column("signals", "watched")
