"""A title may be shown before anything of it can be played."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_availability"
down_revision = "2026_11_27_people"


def upgrade() -> None:
    op.add_column("titles", sa.Column("availability", sa.Text(), nullable=False, server_default="playable"))
    op.create_check_constraint("availability", "titles", "availability IN ('playable', 'listed')")


def downgrade() -> None:
    op.execute("UPDATE titles SET status = 'draft' WHERE status = 'published' AND availability = 'listed'")
    op.drop_column("titles", "availability")
