"""In which rows profiles see cards and choose them, so that a page has first what is used."""

import sqlalchemy as sa
from alembic import op

revision = "recommendation_0004"
down_revision = "recommendation_0003"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "row_uses",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
        sa.Column("chosen", sa.Double(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_row_uses_account_id", "row_uses", ["account_id"])


def downgrade() -> None:
    op.drop_table("row_uses")
