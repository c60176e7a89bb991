"""How often a playable was seen to its end. Rows from before say 0; `completed` still says that they were."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_completions"
down_revision = "2026_11_26_outbox"


def upgrade() -> None:
    op.add_column("positions", sa.Column("completions", sa.SmallInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("positions", "completions")
