"""How much titles are watched lately, beside how often they were played."""

import sqlalchemy as sa
from alembic import op

revision = "search_0005"
down_revision = "search_0004"


def upgrade() -> None:
    op.add_column("signals", sa.Column("watched", sa.Float()))
    op.add_column("signals", sa.Column("watched_at", sa.DateTime(timezone=True)))
    op.create_index("ix_signals_watched", "signals", ["watched_at"], postgresql_where=sa.text("watched IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_signals_watched", "signals")
    op.drop_column("signals", "watched_at")
    op.drop_column("signals", "watched")
