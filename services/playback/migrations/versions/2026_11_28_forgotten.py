"""Who is gone, and whom dead letters name."""

from libs.chassis.messaging.consumer_tables import add_forgotten, drop_forgotten

revision = "2026_11_28_forgotten"
down_revision = "2026_11_28_dead_letter_acts"


def upgrade() -> None:
    add_forgotten()


def downgrade() -> None:
    drop_forgotten()
