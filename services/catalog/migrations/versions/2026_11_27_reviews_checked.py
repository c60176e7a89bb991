"""The states of reviews are looked through, in a transaction that keeps nobody from writing them meanwhile."""

from alembic import op

revision = "2026_11_27_reviews_checked"
down_revision = "2026_11_27_withdrawn_reviews"


def upgrade() -> None:
    op.execute("ALTER TABLE reviews VALIDATE CONSTRAINT ck_reviews_state")


def downgrade() -> None:
    """A constraint that holds is left as it is."""
