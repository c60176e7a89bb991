"""The tables that every service has."""

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables
from libs.chassis.messaging.consumer_tables import add_projections, drop_projections
from libs.chassis.messaging.outbox_tables import outbox_by_marks, outbox_by_position

revision = "events_0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables()
    outbox_by_position()
    add_projections()


def downgrade() -> None:
    drop_projections()
    outbox_by_marks()
    drop_chassis_tables()
