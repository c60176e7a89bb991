"""A table."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_table"
down_revision = None


def upgrade() -> None:
    op.create_table("letters", sa.Column("letter", sa.Text, nullable=False))


def downgrade() -> None:
    op.drop_table("letters")
