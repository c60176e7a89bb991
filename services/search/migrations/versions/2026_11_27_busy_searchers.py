"""Searches of one searcher by time: they are counted where somebody searches very often."""

from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "search_0009"
down_revision = "search_0008"


def upgrade() -> None:
    create_index_concurrently("ix_queries_searcher", "queries", ["pseudonym", "asked_at"])
    op.execute("DROP INDEX IF EXISTS ix_queries_pseudonym")


def downgrade() -> None:
    create_index_concurrently("ix_queries_pseudonym", "queries", ["pseudonym"])
    op.execute("DROP INDEX IF EXISTS ix_queries_searcher")
