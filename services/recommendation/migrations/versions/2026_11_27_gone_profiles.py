"""Profiles that are gone, histories that were cleared, and titles that left a list, so that nothing brings them back."""

import sqlalchemy as sa
from alembic import op

revision = "recommendation_0002"
down_revision = "recommendation_0001"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "gone_profiles",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("gone_at", TIME, nullable=False),
    )
    op.create_index("ix_gone_profiles_gone_at", "gone_profiles", ["gone_at"])
    op.create_table(
        "clearings",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.create_index("ix_clearings_account_id", "clearings", ["account_id"])
    op.add_column("listed", sa.Column("listed", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    # Without the column a row says that the title is in the list.
    op.execute("DELETE FROM listed WHERE NOT listed")
    op.drop_column("listed", "listed")
    op.drop_table("clearings")
    op.drop_table("gone_profiles")
