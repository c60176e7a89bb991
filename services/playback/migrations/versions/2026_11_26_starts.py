"""A start that replaces nothing does not look for what it would replace: one statement less for almost every play."""

from pathlib import Path

from alembic import op

revision = "2026_11_26_starts"
down_revision = "2026_11_26_heartbeats"

FUNCTIONS = Path(__file__).parents[1] / "functions"


def upgrade() -> None:
    op.execute((FUNCTIONS / "0004" / "acquire_lease.sql").read_text())


def downgrade() -> None:
    before = (FUNCTIONS / "0002" / "acquire_lease.sql").read_text()
    op.execute(before.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
