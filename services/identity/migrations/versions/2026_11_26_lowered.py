"""How often a sign-in chose a profile that may watch less: its tokens from before are refused."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_lowered"
down_revision = "2026_11_26_projections"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("lowered", sa.Integer, nullable=False, server_default=sa.text("0")))


def downgrade() -> None:
    op.drop_column("sessions", "lowered")
