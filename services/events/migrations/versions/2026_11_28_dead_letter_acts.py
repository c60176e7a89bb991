"""Who applied, mended or dropped which dead letter."""

from libs.chassis.messaging.consumer_tables import add_dead_letter_acts, drop_dead_letter_acts

revision = "events_0008"
down_revision = "events_0007"


def upgrade() -> None:
    add_dead_letter_acts()


def downgrade() -> None:
    drop_dead_letter_acts()
