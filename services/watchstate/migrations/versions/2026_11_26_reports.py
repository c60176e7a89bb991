"""What offline devices have told already."""

import sqlalchemy as sa
from alembic import op

revision = "watchstate_0002"
down_revision = "watchstate_0001"


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("playable_id", sa.Uuid(), nullable=False),
        sa.Column("writer", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "playable_id", "writer", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_reported_at", "reports", ["reported_at"])


def downgrade() -> None:
    op.drop_table("reports")
