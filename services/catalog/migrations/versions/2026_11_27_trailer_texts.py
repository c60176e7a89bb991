"""Trailers may be called otherwise in other languages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_27_trailer_texts"
down_revision = "2026_11_27_loose_objects"


def upgrade() -> None:
    op.add_column("trailers", sa.Column("texts", postgresql.JSONB(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("trailers", "texts")
