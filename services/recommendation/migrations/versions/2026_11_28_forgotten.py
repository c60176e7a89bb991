"""Who is gone, and whom dead letters name."""

from libs.chassis.messaging.consumer_tables import add_forgotten, drop_forgotten

revision = "recommendation_0007"
down_revision = "recommendation_0006"


def upgrade() -> None:
    add_forgotten()


def downgrade() -> None:
    drop_forgotten()
