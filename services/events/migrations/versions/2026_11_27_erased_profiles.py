"""Profiles that were erased while their account stays, so that what is still on its way of them is forgotten too."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "events_0006"
down_revision = "events_0005"


def upgrade() -> None:
    # A profile is forgotten while its account stays. First, for it commits: what follows is done whole or not at all.
    create_index_concurrently("ix_viewings_profile_id", "viewings", ["profile_id"])
    op.create_table(
        "erased_profiles",
        sa.Column("profile_id", sa.Uuid(), primary_key=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_erased_profiles_erased_at", "erased_profiles", ["erased_at"])


def downgrade() -> None:
    op.drop_index("ix_viewings_profile_id", "viewings")
    op.drop_table("erased_profiles")
