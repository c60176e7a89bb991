"""Consumers remember the schema of what they keep; a dead letter can be applied again."""

from libs.chassis.messaging.consumer_tables import add_projections, drop_projections

revision = "2026_11_26_projections"
down_revision = "2026_11_26_device_secrets"


def upgrade() -> None:
    add_projections()


def downgrade() -> None:
    drop_projections()
