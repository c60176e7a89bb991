"""Which audio and captions profiles chose for titles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_26_tracks"
down_revision = "2026_11_26_projections"


def upgrade() -> None:
    op.create_table(
        "track_choices",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("audio", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("captions", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "title_id", name=op.f("pk_track_choices")),
    )
    op.create_index("ix_track_choices_account_id", "track_choices", ["account_id"])
    op.create_index("ix_track_choices_chosen_at", "track_choices", ["chosen_at"])


def downgrade() -> None:
    op.drop_table("track_choices")
