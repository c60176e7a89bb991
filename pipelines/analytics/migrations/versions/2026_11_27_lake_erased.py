"""An index by which every sink sees who was erased by another one, or by hand."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "lake_0002"
down_revision = "lake_0001"


def upgrade() -> None:
    create_index_concurrently(
        "ix_subjects_erased_at", "subjects", ["erased_at"], postgresql_where=sa.text("erased_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_subjects_erased_at", "subjects")
