"""Which assets' unfinished runs have been cleared away."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_runs"
down_revision = "2026_11_26_beside"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when it was done, and an index of the assets where it was not."""
    op.add_column("assets", sa.Column("tidied_at", sa.DateTime(timezone=True)))
    op.create_index("ix_assets_untidy", "assets", ["updated_at"], postgresql_where=sa.text("tidied_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_assets_untidy", "assets")
    op.drop_column("assets", "tidied_at")
