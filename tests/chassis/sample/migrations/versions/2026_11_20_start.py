"""The chassis tables and the notes."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables

revision = "2026_11_20_start"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("applied", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("notes")
    drop_chassis_tables()
