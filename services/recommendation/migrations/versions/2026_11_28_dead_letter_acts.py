"""Who applied, mended or dropped which dead letter."""

from libs.chassis.messaging.consumer_tables import add_dead_letter_acts, drop_dead_letter_acts

revision = "recommendation_0006"
down_revision = "recommendation_0005"


def upgrade() -> None:
    add_dead_letter_acts()


def downgrade() -> None:
    drop_dead_letter_acts()
