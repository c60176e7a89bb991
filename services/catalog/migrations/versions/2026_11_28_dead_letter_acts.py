"""Who applied, mended or dropped which dead letter."""

from libs.chassis.messaging.consumer_tables import add_dead_letter_acts, drop_dead_letter_acts

revision = "2026_11_28_dead_letter_acts"
down_revision = "2026_11_27_to_review"


def upgrade() -> None:
    add_dead_letter_acts()


def downgrade() -> None:
    drop_dead_letter_acts()
