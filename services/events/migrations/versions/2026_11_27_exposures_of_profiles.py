"""An index by which what a profile met is found, to be forgotten with it."""

from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "events_0007"
down_revision = "events_0006"


def upgrade() -> None:
    create_index_concurrently("ix_exposures_profile_id", "exposures", ["profile_id"])


def downgrade() -> None:
    op.drop_index("ix_exposures_profile_id", "exposures")
