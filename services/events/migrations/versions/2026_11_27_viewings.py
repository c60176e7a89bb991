"""Viewings: what is known of each until its record is closed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "events_0002"
down_revision = "events_0001"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "viewings",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("heard_at", moment, nullable=False),
        sa.Column("account_id", sa.Uuid()),
        sa.Column("profile_id", sa.Uuid()),
        sa.Column("device_id", sa.Uuid()),
        sa.Column("title_id", sa.Uuid()),
        sa.Column("playable_id", sa.Uuid()),
        sa.Column("trailer", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("started_at", moment),
        sa.Column("start_position", sa.Float()),
        sa.Column("ended_at", moment),
        sa.Column("end_reason", sa.Text()),
        sa.Column("first_beat_at", moment),
        sa.Column("first_beat_position", sa.Float()),
        sa.Column("beat_seq", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("beat_at", moment),
        sa.Column("beat_position", sa.Float()),
        sa.Column("beat_state", sa.Text()),
        sa.Column("wall_ms", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("media", sa.Float(), nullable=False, server_default=sa.text("0")),
        sa.Column("beacon_sn", sa.BigInteger(), nullable=False, server_default=sa.text("-1")),
        sa.Column("beacon", JSONB()),
        sa.Column("due_at", moment),
        sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("record", JSONB()),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_viewings")),
    )
    op.create_index("ix_viewings_due_at", "viewings", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_viewings_heard_at", "viewings", ["heard_at"])
    op.create_index("ix_viewings_started_at", "viewings", ["started_at"])
    op.create_index("ix_viewings_account_id", "viewings", ["account_id"])


def downgrade() -> None:
    op.drop_table("viewings")
