"""Indexes by which housekeeping finds what has had its time."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_lifetimes"
down_revision = "2026_11_26_outbox"


def upgrade() -> None:
    op.create_index("ix_sessions_ended", "sessions", [sa.text("LEAST(expires_at, COALESCE(revoked_at, expires_at))")])
    op.create_index(
        "ix_refresh_tokens_rotated_at",
        "refresh_tokens",
        ["rotated_at"],
        postgresql_where=sa.text("rotated_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_refresh_tokens_rotated_at", "refresh_tokens")
    op.drop_index("ix_sessions_ended", "sessions")
