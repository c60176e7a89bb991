"""Indexes by which housekeeping finds what has had its time."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_lifetimes"
down_revision = "2026_11_26_outbox"


def upgrade() -> None:
    op.create_index("ix_sessions_ended_at", "sessions", ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_sessions_ended_at", "sessions")
