"""Alembic for every service: one environment, one lock timeout, and the tables the chassis itself needs.

`python -m libs.chassis.migrations services.catalog` brings the database at BIJOU_DATABASE_URL to its head. Migrations are
their own step; a service never runs them when it starts.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context, op
from alembic.config import Config
from sqlalchemy.dialects import postgresql

# A migration that cannot have its lock quickly gives up instead of queueing every reader behind it.
LOCK_TIMEOUT = "5s"


def config_for(module: str, url: str) -> Config:
    """Return Alembic's configuration for the service package `module`."""
    package = importlib.import_module(module)
    config = Config()
    config.set_main_option("script_location", str(Path(str(package.__file__)).parent / "migrations"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes["url"] = url
    return config


def upgrade(module: str, url: str, revision: str = "head") -> None:
    """Bring the database at `url` (postgresql://…) to `revision`."""
    command.upgrade(config_for(module, url), revision)


def downgrade(module: str, url: str, revision: str) -> None:
    """Take the database at `url` back to `revision`."""
    command.downgrade(config_for(module, url), revision)


def run(metadata: sa.MetaData) -> None:
    """What a service's `migrations/env.py` calls."""
    url = str(context.config.attributes.get("url") or os.environ["BIJOU_DATABASE_URL"])
    # psycopg: Alembic is synchronous and so is this driver.
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, include_name=_ours)
        with context.begin_transaction():
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            # Two migrators at once: the second waits for the first and then finds nothing to do.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('bijou.migrations'))"))
            context.run_migrations()
    engine.dispose()


CHASSIS_TABLES = ("outbox", "inbox", "dead_letters", "idempotency_keys", "broker_epoch")


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name in CHASSIS_TABLES)


def create_chassis_tables() -> None:
    """Create outbox, inbox, dead_letters, idempotency_keys and broker_epoch; called by a service's first migration."""
    now = sa.text("now()")
    stamp = sa.DateTime(timezone=True)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("payload", postgresql.JSONB, nullable=False),
        sa.Column("created_at", stamp, nullable=False, server_default=now),
        sa.Column("published_at", stamp),
    )
    op.create_index("ix_outbox_pending", "outbox", ["id"], postgresql_where=sa.text("published_at IS NULL"))
    op.create_index("ix_outbox_topic_key_id", "outbox", ["topic", "key", "id"])
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", sa.Uuid, primary_key=True),
        sa.Column("received_at", stamp, nullable=False, server_default=now),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("event_id", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("value", sa.LargeBinary),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_at", stamp, nullable=False, server_default=now),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("body", postgresql.JSONB),
        sa.Column("created_at", stamp, nullable=False, server_default=now),
    )
    op.create_table(
        "broker_epoch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.Text, nullable=False),
        sa.Column("seen_at", stamp, nullable=False, server_default=now),
    )


def drop_chassis_tables() -> None:
    """The opposite, for `downgrade`."""
    for table in reversed(CHASSIS_TABLES):
        op.drop_table(table)


if __name__ == "__main__":
    upgrade(sys.argv[1], os.environ["BIJOU_DATABASE_URL"])
