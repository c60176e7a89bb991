"""Profiles that were erased while their account stays, so that what is still on its way of them is forgotten too."""

import sqlalchemy as sa
from alembic import op

revision = "events_0006"
down_revision = "events_0005"


def upgrade() -> None:
    op.create_table(
        "erased_profiles",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_erased_profiles_erased_at", "erased_profiles", ["erased_at"])
    # A profile is forgotten while its account stays.
    op.create_index("ix_viewings_profile_id", "viewings", ["profile_id"])


def downgrade() -> None:
    op.drop_index("ix_viewings_profile_id", "viewings")
    op.drop_table("erased_profiles")
