"""What is watched most, as events tells it by region."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_trending"
down_revision = "2026_11_27_references"


def upgrade() -> None:
    op.create_table(
        "trending",
        sa.Column("region", sa.Text(), primary_key=True),
        sa.Column("titles", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("trending")
