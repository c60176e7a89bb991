"""Pictures for languages: titles that say something in others are taken again when they are told again."""

from alembic import op

revision = "search_0008"
down_revision = "search_0007"


def upgrade() -> None:
    op.execute("UPDATE titles SET version = version - 1 WHERE jsonb_array_length(entry -> 'localized') > 0")


def downgrade() -> None:
    """What is told twice is kept once."""
