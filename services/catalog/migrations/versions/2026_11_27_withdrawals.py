"""Which withdrawn titles have pictures whose addresses somebody may still know."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_withdrawals"
down_revision = "2026_11_27_extras"


def upgrade() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("title_id", sa.Uuid(), sa.ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )
    op.create_index("ix_withdrawals_next_at", "withdrawals", ["next_at"])
    op.execute(
        "INSERT INTO withdrawals (title_id, next_at) SELECT id, now() FROM titles"
        " WHERE published_at IS NOT NULL AND status <> 'published'"
    )


def downgrade() -> None:
    op.drop_table("withdrawals")
