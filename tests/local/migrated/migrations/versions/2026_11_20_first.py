"""The chassis tables and one thing."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables

revision = "first"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True))


def downgrade() -> None:
    op.drop_table("thing")
    drop_chassis_tables()
