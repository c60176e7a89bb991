"""The catalogue of the Iceberg tables, people's keys, the runs of jobs, and the tables that every service has."""

import sqlalchemy as sa
from alembic import op

from libs.chassis.data.migrations import create_chassis_tables, drop_chassis_tables
from libs.chassis.messaging.consumer_tables import add_projections, drop_projections
from libs.chassis.messaging.outbox_tables import outbox_by_marks, outbox_by_position

revision = "lake_0001"
down_revision = None

STAMP = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_chassis_tables()
    outbox_by_position()
    add_projections()
    op.create_table(
        "iceberg_tables",
        *(
            sa.Column(name, sa.String(255), primary_key=True)
            for name in ("catalog_name", "table_namespace", "table_name")
        ),
        sa.Column("metadata_location", sa.String(1000)),
        sa.Column("previous_metadata_location", sa.String(1000)),
        sa.Column("iceberg_type", sa.String(5)),
    )
    op.create_table(
        "iceberg_namespace_properties",
        *(sa.Column(name, sa.String(255), primary_key=True) for name in ("catalog_name", "namespace", "property_key")),
        sa.Column("property_value", sa.String(1000)),
    )
    op.create_table(
        "subjects",
        sa.Column("subject", sa.LargeBinary, primary_key=True),
        sa.Column("account", sa.LargeBinary),
        sa.Column("key", sa.LargeBinary),
        sa.Column("erased_at", STAMP),
    )
    op.create_index("ix_subjects_account", "subjects", ["account"], postgresql_where=sa.text("account IS NOT NULL"))
    op.create_table(
        "job_runs",
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("inputs", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("finished_at", STAMP, nullable=False),
    )


def downgrade() -> None:
    for table in ("job_runs", "subjects", "iceberg_namespace_properties", "iceberg_tables"):
        op.drop_table(table)
    drop_projections()
    outbox_by_marks()
    drop_chassis_tables()
