"""When the newest list of what is watched was made, also where nothing was in it."""

import sqlalchemy as sa
from alembic import op

revision = "search_0006"
down_revision = "search_0005"


def upgrade() -> None:
    op.create_table(
        "told",
        sa.Column("what", sa.Text(), primary_key=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute("INSERT INTO told SELECT 'watched', max(watched_at) FROM signals HAVING max(watched_at) IS NOT NULL")


def downgrade() -> None:
    op.drop_table("told")
