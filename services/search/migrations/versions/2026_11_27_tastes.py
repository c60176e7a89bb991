"""What profiles watch most, for the order of what fits a search nearly equally well."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "search_0004"
down_revision = "search_0003"


def upgrade() -> None:
    op.create_table(
        "tastes",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("genres", postgresql.JSONB, nullable=False),
        sa.Column("people", postgresql.JSONB, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_tastes_account_id", "tastes", ["account_id"])
    op.create_index("ix_tastes_changed_at", "tastes", ["changed_at"])


def downgrade() -> None:
    op.drop_table("tastes")
