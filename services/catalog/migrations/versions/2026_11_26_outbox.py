"""The outbox keeps one position instead of a mark on every row, and the newest event of each key of compacted topics."""

from libs.chassis.messaging.outbox_tables import outbox_by_marks, outbox_by_position

revision = "2026_11_26_outbox"
down_revision = "catalog_0001"


def upgrade() -> None:
    outbox_by_position()


def downgrade() -> None:
    outbox_by_marks()
