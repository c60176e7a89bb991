"""How many titles are of which years, for the planner: an index of the published ones alone tells it nothing of that."""

from alembic import op

revision = "2026_11_28_years_counted"
down_revision = "2026_11_28_dead_letter_acts"


def upgrade() -> None:
    op.execute("CREATE STATISTICS titles_years ON (coalesce(year, 0)) FROM titles")
    op.execute("ANALYZE titles")


def downgrade() -> None:
    op.execute("DROP STATISTICS titles_years")
