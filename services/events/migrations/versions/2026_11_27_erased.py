"""Accounts that were erased, so that what is still on its way of them is forgotten too."""

import sqlalchemy as sa
from alembic import op

revision = "events_0005"
down_revision = "events_0004"


def upgrade() -> None:
    op.create_table(
        "erased",
        sa.Column("account_id", sa.Uuid(), primary_key=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_erased_erased_at", "erased", ["erased_at"])


def downgrade() -> None:
    op.drop_table("erased")
