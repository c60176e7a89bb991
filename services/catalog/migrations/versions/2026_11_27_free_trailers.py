"""Whether a title's trailers play without a plan: so far all did."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_free_trailers"
down_revision = "2026_11_27_import_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("titles", sa.Column("free_trailers", sa.Boolean, nullable=False, server_default="true"))


def downgrade() -> None:
    op.drop_column("titles", "free_trailers")
