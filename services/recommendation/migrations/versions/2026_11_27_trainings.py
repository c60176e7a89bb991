"""When models were trained, so that one replica does it once a day."""

import sqlalchemy as sa
from alembic import op

revision = "recommendation_0003"
down_revision = "recommendation_0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "trainings",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("began_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
    )
    op.create_index("ix_trainings_began_at", "trainings", ["began_at"])


def downgrade() -> None:
    op.drop_table("trainings")
