"""Which titles profiles want to be told of when they can be played."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_reminders"
down_revision = "2026_11_26_tracks"
WAITING, ARRIVED = sa.text("arrived_at IS NULL"), sa.text("arrived_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("profile_id", "title_id", name=op.f("pk_reminders")),
    )
    op.create_index("ix_reminders_account_id", "reminders", ["account_id"])
    op.create_index("ix_reminders_waiting", "reminders", ["title_id", "profile_id"], postgresql_where=WAITING)
    op.create_index("ix_reminders_arrived_at", "reminders", ["arrived_at"], postgresql_where=ARRIVED)


def downgrade() -> None:
    op.drop_table("reminders")
