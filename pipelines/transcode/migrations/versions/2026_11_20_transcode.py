"""Uploads, assets, the outbox, and procrastinate's own schema."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from libs.chassis.data import migrations

revision = "2026_11_20_transcode"
down_revision = None
branch_labels = None
depends_on = None

STAMP = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def upgrade() -> None:
    """Create everything."""
    migrations.create_chassis_tables()
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("playable_id", sa.Uuid, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("length", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("label_rungs", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("asset_id", sa.Uuid),
        sa.Column("stored_at", STAMP),
        sa.Column("created_at", STAMP, nullable=False, server_default=NOW),
        sa.Column("updated_at", STAMP, nullable=False, server_default=NOW),
        sa.CheckConstraint("received BETWEEN 0 AND length", name="received"),
    )
    op.create_index("ix_uploads_account_id", "uploads", ["account_id"], postgresql_where=sa.text("asset_id IS NULL"))
    op.create_index("ix_uploads_waiting", "uploads", ["updated_at"], postgresql_where=sa.text("stored_at IS NULL"))
    op.create_table(
        "assets",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("playable_id", sa.Uuid, nullable=False),
        sa.Column("upload_id", sa.Uuid, sa.ForeignKey("uploads.id"), nullable=False, unique=True),
        sa.Column("status", sa.Text, nullable=False, server_default="queued"),
        sa.Column("progress", sa.Double, nullable=False, server_default=sa.text("0")),
        sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.Column("attempt", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("strikes", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("job_id", sa.BigInteger),
        sa.Column("duration", sa.Double),
        sa.Column("hls", sa.Text),
        sa.Column("dash", sa.Text),
        sa.Column("thumbnails", sa.Text),
        sa.Column("renditions", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("tracks", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("error_code", sa.Text),
        sa.Column("error_detail", sa.Text),
        sa.Column("created_at", STAMP, nullable=False, server_default=NOW),
        sa.Column("updated_at", STAMP, nullable=False, server_default=NOW),
        sa.Column("ready_at", STAMP),
        sa.CheckConstraint(
            "status IN ('queued', 'probing', 'encoding', 'packaging', 'checking', 'ready', 'failed')", name="status"
        ),
    )
    op.create_index("ix_assets_playable_id_id", "assets", ["playable_id", sa.text("id DESC")])
    # The driver's own connection: the schema is many statements and has percent signs and colons of its own.
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.execute(SchemaManager.get_schema())


def downgrade() -> None:
    """Drop everything, procrastinate's objects by their prefix."""
    op.drop_table("assets")
    op.drop_table("uploads")
    op.execute(
        r"""
        DO $$ DECLARE item record; BEGIN
          FOR item IN SELECT oid::regclass AS name FROM pg_class
            WHERE relkind = 'r' AND relname LIKE 'procrastinate\_%' AND relnamespace = current_schema()::regnamespace
          LOOP EXECUTE 'DROP TABLE ' || item.name || ' CASCADE'; END LOOP;
          FOR item IN SELECT oid::regprocedure AS name FROM pg_proc
            WHERE proname LIKE 'procrastinate\_%' AND pronamespace = current_schema()::regnamespace
          LOOP EXECUTE 'DROP FUNCTION ' || item.name || ' CASCADE'; END LOOP;
          FOR item IN SELECT oid::regtype AS name FROM pg_type
            WHERE typname LIKE 'procrastinate\_%' AND typtype IN ('e', 'c')
            AND typnamespace = current_schema()::regnamespace
          LOOP EXECUTE 'DROP TYPE ' || item.name || ' CASCADE'; END LOOP;
        END $$
        """
    )
    migrations.drop_chassis_tables()
