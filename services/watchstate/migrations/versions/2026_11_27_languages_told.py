"""Titles that are known already are taken again when they are told again; in its own transaction, for it writes all rows."""

from alembic import op

revision = "2026_11_27_languages_told"
down_revision = "2026_11_27_languages"


def upgrade() -> None:
    op.execute("UPDATE titles SET version = version - 1")


def downgrade() -> None:
    """What is told twice is kept once."""
