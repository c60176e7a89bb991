"""What of its file a film is published without, for staff."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_left_out"
down_revision = "2026_11_26_steps"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column, empty for films of before."""
    op.add_column("assets", sa.Column("left_out", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("assets", "left_out")
