"""A review that its writer deletes while moderators have to do with it stays on record, where nobody else reads it."""

from alembic import op

revision = "2026_11_27_withdrawn_reviews"
down_revision = "2026_11_27_kept_slugs"

STATES = "state IN ('visible', 'held', 'removed'{more})"


def upgrade() -> None:
    _allow(", 'withdrawn'")


def downgrade() -> None:
    op.execute("DELETE FROM reviews WHERE state = 'withdrawn'")
    _allow("")


def _allow(more: str) -> None:
    op.execute("ALTER TABLE reviews DROP CONSTRAINT ck_reviews_state")
    op.execute(f"ALTER TABLE reviews ADD CONSTRAINT ck_reviews_state CHECK ({STATES.format(more=more)}) NOT VALID")
