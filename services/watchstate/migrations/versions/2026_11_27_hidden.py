"""Which titles profiles hid from their history, so that late news of before does not bring them back."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_hidden"
down_revision = "2026_11_27_languages_told"


def upgrade() -> None:
    op.create_table(
        "hidden",
        sa.Column("profile_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "title_id", name=op.f("pk_hidden")),
    )


def downgrade() -> None:
    op.drop_table("hidden")
