"""Seasons, episodes, collections and people may say their texts in other languages too."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_part_texts"
down_revision = "2026_11_27_withdrawals"

TABLES = ("seasons", "episodes", "collections", "people")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("texts", postgresql.JSONB(), nullable=False, server_default="{}"))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "texts")
