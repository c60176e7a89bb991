"""Whose is what people show who were merged, so that a merge can be taken back however many came after it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_28_person_origins"
down_revision = "2026_11_28_forgotten"


def upgrade() -> None:
    op.create_table(
        "person_origins",
        sa.Column("person_id", sa.Uuid, sa.ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("brought", postgresql.JSONB, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("person_origins")
