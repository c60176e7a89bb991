"""In which rows profiles see cards and choose them; and which titles they hid from their history."""

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
    op.create_table(
        "hidden_titles",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_hidden_titles_account_id", "hidden_titles", ["account_id"])
    op.create_index("ix_hidden_titles_at", "hidden_titles", ["at"])


def downgrade() -> None:
    op.drop_table("hidden_titles")
    op.drop_table("row_uses")
