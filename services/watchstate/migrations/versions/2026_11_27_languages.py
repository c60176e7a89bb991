"""What titles are called in other languages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_languages"
down_revision = "2026_11_27_reminders"


def upgrade() -> None:
    op.add_column("titles", sa.Column("language", sa.Text(), nullable=False, server_default="en"))
    op.add_column("titles", sa.Column("localized", postgresql.JSONB(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("titles", "localized")
    op.drop_column("titles", "language")
