"""Alembic for every service: one environment, one lock timeout, and the tables the chassis itself needs.

`python -m libs.chassis.data.migrations services.catalog` brings the database at BIJOU_DATABASE_URL to its head (at
BIJOU_DATABASE_DIRECT_URL where the first leads through a pooler). Migrations are their own step; a service never runs them
when it starts. Each is a transaction of its own, so one that fails leaves those before it done. With `--wait` before the
package it runs none and ends when somebody else has: what stands before a service where nothing else keeps the order.
A database that is newer than the program, after a step back, is left as it is.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic import command, context, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql

from libs.chassis import telemetry
from libs.chassis.data.postgres import PoolerInTheWay, for_libpq
from libs.chassis.settings import ServiceSettings, load

log = telemetry.logger(__name__)

# A migration that cannot have its lock quickly gives up instead of queueing every reader behind it.
LOCK_TIMEOUT = "5s"
# How long a migrator waits for another one to be done.
PATIENCE_SECONDS = 3600.0
LOCK = "hashtext('bijou.migrations')"


class MigrationSettings(ServiceSettings):
    """A migrator needs the database and nothing else."""

    database_url: str


class NotMigrated(Exception):
    """Nobody has brought this database to the shape that this version needs. Run its migrations: without `--wait`."""


class AnotherMigrator(Exception):
    """Another migrator has been working on this database for an hour. See who in pg_locks: the advisory lock of
    hashtext('bijou.migrations')."""


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
    url = str(context.config.attributes.get("url") or load(MigrationSettings).direct_url)
    # psycopg: Alembic is synchronous and so is this driver.
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(for_libpq(url, {"lock_timeout": LOCK_TIMEOUT})),
        poolclass=sa.NullPool,
    )
    with _alone(url), engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, include_name=_ours, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Keep other migrators out. A second one waits for the first and then finds nothing to do.

    The lock is a session's, on a connection of its own, because a migration may commit in the middle. It is asked for again
    and again: who waits for it inside a statement holds a snapshot, and an index built concurrently waits for all of those.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    with _direct(url) as connection:
        told = False
        while not _value(connection, f"SELECT pg_try_advisory_lock({LOCK})"):
            if not told:
                log.info("waiting_for_another_migrator", database=connection.info.dbname)
                told = True
            if time.monotonic() > deadline:
                raise AnotherMigrator
            time.sleep(0.2)
        yield


def _direct(url: str) -> psycopg.Connection[Any]:
    """Return a connection to the server itself. Raises `PoolerInTheWay`: a lock would stay behind in the pooler."""
    try:
        connection = psycopg.connect(for_libpq(url), autocommit=True, application_name="bijou migrations")
    except psycopg.OperationalError as error:
        if "startup parameter" in str(error):
            raise PoolerInTheWay(PoolerInTheWay.__doc__) from None
        raise
    if connection.info.backend_pid != _value(connection, "SELECT pg_backend_pid()"):
        connection.close()
        raise PoolerInTheWay(PoolerInTheWay.__doc__)
    return connection


def _value(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def create_index_concurrently(name: str, table: str, columns: Sequence[str | sa.TextClause], **options: Any) -> None:
    """Build an index without holding up those who write; for a migration that does nothing else.

    A build that fails leaves an index that is never used and slows down every write: it is removed before the next try. So
    such a migration can be repeated until it succeeds.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # it waits for older transactions and holds nobody up meanwhile
        valid = op.get_bind().scalar(
            sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
        )
        if valid is False:
            op.drop_index(name, table, postgresql_concurrently=True)
        if not valid:
            op.create_index(name, table, list(columns), postgresql_concurrently=True, **options)
        op.execute("RESET lock_timeout")


FIRST_TABLES = ("outbox", "inbox", "dead_letters", "idempotency_keys", "broker_epoch")
CHASSIS_TABLES = (*FIRST_TABLES, "outbox_relay", "outbox_latest", "projections", "dead_letter_acts", "forgotten")


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
    for table in reversed(FIRST_TABLES):
        op.drop_table(table)


def is_migrated(module: str, url: str) -> bool:
    """Return whether the database at `url` has the tables of `module`'s newest migration, or newer ones than it knows."""
    script = ScriptDirectory.from_config(config_for(module, url))
    with psycopg.connect(for_libpq(url), autocommit=True) as connection:
        if _value(connection, "SELECT to_regclass('alembic_version')") is None:
            return False
        found = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
    # After a step back of the program its tables may be newer: they only ever gained something.
    known = {each.revision for each in script.walk_revisions()}
    return bool(found) and found <= set(script.get_heads()) | (found - known)


def wait(module: str, url: str, patience: float = PATIENCE_SECONDS) -> None:
    """Return once the database is migrated. Raises NotMigrated after `patience` seconds."""
    deadline, told = time.monotonic() + patience, False
    while True:
        with suppress(psycopg.OperationalError):  # its server may be starting too
            if is_migrated(module, url):
                return
        if not told:
            log.info("waiting_for_migrations", module=module)
            told = True
        if time.monotonic() > deadline:
            raise NotMigrated
        time.sleep(1)


def main() -> None:
    """Run the migrations of the package named on the command line, or wait for them."""
    telemetry.configure("migrations")
    *options, module = sys.argv[1:]
    url = load(MigrationSettings).direct_url
    try:
        if options == ["--wait"]:
            wait(module, url)
        # Alembic refuses a database whose revision it does not know.
        elif not is_migrated(module, url):
            upgrade(module, url)
    except (PoolerInTheWay, AnotherMigrator, NotMigrated) as error:
        log.error("migrations_not_run", reason=str(error) or error.__doc__)
        sys.exit(2)


if __name__ == "__main__":
    main()
