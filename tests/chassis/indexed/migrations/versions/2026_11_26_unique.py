"""An index that is built while the table is in use, and that its rows may refuse."""

from alembic import op

from libs.chassis.data.migrations import create_index_concurrently

revision = "2026_11_26_unique"
down_revision = "2026_11_26_table"


def upgrade() -> None:
    create_index_concurrently("ix_letters_letter", "letters", ["letter"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_letters_letter")
