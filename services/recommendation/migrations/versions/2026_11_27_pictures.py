"""Which posters titles were shown with, and what came of it; and popularity, counted once for all replicas."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "recommendation_0005"
down_revision = "recommendation_0004"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "picture_trials",
        sa.Column("impression_id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.Column("chance", sa.Double(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    for name in ("profile_id", "account_id", "at"):
        op.create_index(f"ix_picture_trials_{name}", "picture_trials", [name])
    op.create_table(
        "picture_estimates",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("found", postgresql.JSONB, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_picture_estimates_made_at", "picture_estimates", ["made_at"])
    op.create_table(
        "popularity",
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("viewers", sa.Double(), nullable=False),
    )
    op.create_table(
        "popularity_counted",
        sa.Column("one", sa.Boolean(), primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("popularity_counted")
    op.drop_table("popularity")
    op.drop_table("picture_estimates")
    op.drop_table("picture_trials")
