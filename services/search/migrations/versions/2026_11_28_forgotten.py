"""Who is gone, and whom dead letters name."""

from libs.chassis.messaging.consumer_tables import add_forgotten, drop_forgotten

revision = "search_0011"
down_revision = "search_0010"


def upgrade() -> None:
    add_forgotten()


def downgrade() -> None:
    drop_forgotten()
