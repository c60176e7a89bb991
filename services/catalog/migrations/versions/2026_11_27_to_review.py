"""Of an import it is known how many of the titles that it changes have to be approved again."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_to_review"
down_revision = "2026_11_27_trailer_texts"


def upgrade() -> None:
    op.add_column("imports", sa.Column("to_review", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("imports", "to_review")
