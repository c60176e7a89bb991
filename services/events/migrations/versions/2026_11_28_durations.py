"""How long what is watched is, so that "seen to its end" can be told from "jumped to its end"."""

import sqlalchemy as sa
from alembic import op

revision = "events_0009"
down_revision = "events_0008"


def upgrade() -> None:
    op.add_column("viewings", sa.Column("duration", sa.Float))


def downgrade() -> None:
    op.drop_column("viewings", "duration")
