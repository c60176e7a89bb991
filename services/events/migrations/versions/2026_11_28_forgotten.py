"""Who is gone, and whom dead letters name."""

from libs.chassis.messaging.consumer_tables import add_forgotten, drop_forgotten

revision = "events_0010"
down_revision = "events_0009"


def upgrade() -> None:
    add_forgotten()


def downgrade() -> None:
    drop_forgotten()
