"""Who is gone, and whom dead letters name."""

from libs.chassis.messaging.consumer_tables import add_forgotten, drop_forgotten

revision = "lake_0004"
down_revision = "lake_0003"


def upgrade() -> None:
    add_forgotten()


def downgrade() -> None:
    drop_forgotten()
