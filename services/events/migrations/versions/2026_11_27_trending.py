"""What is watched most: who watched which title on which day, how many in which hour, and what was published of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "events_0003"
down_revision = "events_0002"


def upgrade() -> None:
    op.create_table(
        "title_viewers",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False, index=True),
    )
    op.create_index("ix_title_viewers_day", "title_viewers", ["day"])
    op.create_table(
        "title_hours",
        sa.Column("region", sa.Text(), primary_key=True),
        sa.Column("title_id", sa.Uuid(), primary_key=True),
        sa.Column("hour", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("viewers", sa.Integer(), nullable=False),
    )
    op.create_index("ix_title_hours_hour", "title_hours", ["hour"])
    op.create_table(
        "trending",
        sa.Column("region", sa.Text(), primary_key=True),
        sa.Column("titles", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("trending")
    op.drop_table("title_hours")
    op.drop_table("title_viewers")
