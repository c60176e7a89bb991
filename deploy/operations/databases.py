"""Databases copied and put back: all of them at one instant, each by pg_dump, their rows counted and summed before and after."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.local.nodes.base import NodeFailed
from deploy.local.nodes.postgres import binaries
from deploy.operations.archive import Sum, digest
from libs.chassis.data.postgres import for_libpq

# One instant for all is looked for this long: a writer may commit between two snapshots, again and again.
INSTANT_SECONDS = 5.0
# Who holds a table for longer (a migration) makes the backup fail, not wait.
LOCK_SECONDS = 60
# How rows are written as text decides what their hashes are.
AS_TEXT = {
    "timezone": "UTC",
    "datestyle": "ISO,YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    # A snapshot is held for as long as its dump takes.
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": f"{LOCK_SECONDS}s",
}
TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2
"""
# Two hashes of 64 bits for each row, added up: in any order the same, and a row that is there twice counts twice.
SUM = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 1)), 0)::text, coalesce(sum(hashtextextended(t::text, 2)), 0)::text FROM {} t"  # noqa: E501
SNAPSHOT = (
    "SELECT pg_current_snapshot()::text, (SELECT system_identifier FROM pg_control_system())::text, clock_timestamp()"
)
# libpq's own names for what an address says, so that no password stands in a command line.
VARIABLES = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
    "dbname": "PGDATABASE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY", "connect_timeout": "PGCONNECT_TIMEOUT", "options": "PGOPTIONS",
}  # fmt: skip


class DatabaseFailed(Exception):
    """A program of PostgreSQL could not copy a database, or put it back. Says which, and why."""


class ServerAway(Exception):
    """A database's server cannot be reached."""


class RowsDiffer(Exception):
    """What was put back is not what was copied. Says which tables."""


@dataclass(frozen=True)
class Held:
    """A database at the instant of its snapshot, for as long as the snapshot is held."""

    name: str
    url: str
    connection: psycopg.Connection[Any]
    snapshot: str
    at: datetime

    def revisions(self) -> list[str]:
        """Return the migrations that it has, the newest of each branch; none before the first."""
        return revisions(self.connection)

    def sums(self) -> dict[str, Sum]:
        """Return what each table holds."""
        return sums(self.connection)

    def server(self) -> str:
        """Return the server's version."""
        return str(self.connection.info.parameter_status("server_version"))


@contextmanager
def held(urls: Mapping[str, str]) -> Iterator[tuple[list[Held], float]]:
    """Hold a snapshot of every database, and say how many seconds they are apart: 0.0 where all are of one instant.

    Databases of one server count their transactions together, so snapshots that name the same ones are of the same instant:
    they are taken again until they are. Of servers apart, or of one that is written to without a pause, they are a moment apart.
    """
    with ExitStack() as stack:
        connections = {name: stack.enter_context(connected(url)) for name, url in urls.items()}
        deadline = time.monotonic() + INSTANT_SECONDS
        while True:
            seen = {name: _snapshot(connection) for name, connection in connections.items()}
            one = len({(snapshot, server) for snapshot, server, _ in seen.values()}) <= 1
            servers = {server for _, server, _ in seen.values()}
            if one or len(servers) > 1 or time.monotonic() > deadline:
                break
        times = [at for _, _, at in seen.values()]
        apart = 0.0 if one else (max(times) - min(times)).total_seconds()
        names = {name: _exported(connection) for name, connection in connections.items()}
        yield [Held(name, urls[name], connections[name], names[name], seen[name][2]) for name in urls], apart


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection on which rows are written as text in one way."""
    try:
        connection = psycopg.connect(for_libpq(url, AS_TEXT), application_name="bijou backup")
    except psycopg.OperationalError as error:
        raise ServerAway(f"{ServerAway.__doc__} {str(error).strip()}") from error
    with connection:
        yield connection


def _snapshot(connection: psycopg.Connection[Any]) -> tuple[str, str, datetime]:
    connection.rollback()
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    row = connection.execute(SNAPSHOT).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


def _exported(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    assert row is not None
    return str(row[0])


def revisions(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the migrations that a database has, the newest of each branch."""
    (there,) = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone() or (False,)
    return sorted(row[0] for row in connection.execute("SELECT version_num FROM alembic_version")) if there else []


def sums(connection: psycopg.Connection[Any]) -> dict[str, Sum]:
    """Return what each table of a database holds."""
    found = {}
    for schema, table in connection.execute(TABLES).fetchall():
        row = connection.execute(sql.SQL(SUM).format(sql.Identifier(schema, table))).fetchone()
        assert row is not None
        found[f"{schema}.{table}"] = Sum(rows=row[0], sums=(row[1], row[2]))
    return found


def dump(database: Held, to: Path) -> None:
    """Write a database as it is in its snapshot. Raises DatabaseFailed."""
    options = ["--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges"]
    more = [f"--snapshot={database.snapshot}", f"--lock-wait-timeout={LOCK_SECONDS}s", f"--file={to}"]
    _run("pg_dump", [*options, *more], database.name, database.url)


def load(name: str, url: str, dumped: Path, *, replace: bool = False) -> None:
    """Put a dump into an empty database, whole or not at all; `replace` deletes what is there in the same transaction.

    Raises DatabaseFailed.
    """
    options = ["--no-owner", "--no-privileges", "--exit-on-error"]
    if not replace:
        target = f"--dbname={conninfo_to_dict(url)['dbname']}"
        _run("pg_restore", [*options, "--single-transaction", target, str(dumped)], name, url)
        return
    with tempfile.NamedTemporaryFile(suffix=".sql") as script:
        _run("pg_restore", [*options, f"--file={script.name}", str(dumped)], name, url)
        alone = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        begin = "--command=DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        _run("psql", [*alone, begin, f"--file={script.name}"], name, url)


def copy_files(url: str, to: Path) -> tuple[str, datetime]:
    """Copy a server's files while it runs; return the first piece of its log that they need, and from when on they will do.

    Raises DatabaseFailed. Whoever asks must be the server's administrator.
    """
    options = [f"--pgdata={to}", "--checkpoint=fast", "--wal-method=stream", "--manifest-checksums=SHA256", "--no-sync"]
    _run("pg_basebackup", options, "the server", url)
    with connected(url) as connection:
        (ended,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
    assert isinstance(ended, datetime)
    label = (to / "backup_label").read_text()
    return label.split("(file ", 1)[1].split(")", 1)[0], ended


def keeps_its_log(url: str) -> bool:
    """Whether a server copies its log somewhere."""
    with connected(url) as connection:
        return connection.execute("SELECT 1 WHERE current_setting('archive_mode') <> 'off'").fetchone() is not None


def wait_until_it_takes_writes(url: str, seconds: float) -> None:
    """Return when a server has gone as far as it was told to. Raises DatabaseFailed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                if connection.execute("SELECT 1 WHERE NOT pg_is_in_recovery()").fetchone():
                    return
        except psycopg.OperationalError as error:
            raise DatabaseFailed(f"The log does not go that far: {str(error).strip().splitlines()[0]}") from error
        time.sleep(0.1)
    raise DatabaseFailed(f"The server did not get through its log within {seconds:g} s.")


def count(url: str) -> int:
    """Return how many rows all tables of a database have."""
    with connected(url) as connection:
        return sum(table.rows for table in sums(connection).values())


def check_files(place: Path) -> None:
    """Compare a server's copied files with the manifest that its server wrote of them. Raises DatabaseFailed.

    `pg_verifybackup` does the same; the wheel's crashes. Pieces of the log are not in the manifest: the server checks them.
    """
    try:
        files = json.loads((place / "backup_manifest").read_bytes())["Files"]
        for file in files:
            name = file.get("Path") or bytes.fromhex(file["Encoded-Path"]).decode("utf-8", "surrogateescape")
            path = place / name
            if path.stat().st_size != file["Size"] or digest(path) != file["Checksum"]:
                raise DatabaseFailed(f"{path} is not what was copied.")
    except (OSError, ValueError, KeyError) as error:
        raise DatabaseFailed(f"{place} is not what was copied: {error}") from error


def is_empty(url: str) -> bool:
    """Whether a database holds no table."""
    with connected(url) as connection:
        return not connection.execute(TABLES).fetchall()


def compare(name: str, url: str, wanted: Mapping[str, Sum]) -> int:
    """Compare every row of a database with what was copied and return how many there are. Raises RowsDiffer."""
    with connected(url) as connection:
        found = sums(connection)
    wrong = sorted(table for table in {*wanted, *found} if wanted.get(table) != found.get(table))
    if wrong:
        shown = [
            f"{table}: {_rows(wanted.get(table))} were copied, {_rows(found.get(table))} are there" for table in wrong
        ]
        raise RowsDiffer(f"{name} is not what was copied. {'; '.join(shown)}.")
    return sum(table.rows for table in found.values())


def _rows(found: Sum | None) -> str:
    return "no table" if found is None else f"{found.rows} rows"


def tell_everything_again(url: str, backup: str) -> None:
    """Have the relay of a database that was put back publish all that its outbox keeps, to whatever broker it meets.

    Consumers know by their inboxes, which were put back with it, what they have applied already.
    """
    with connected(url) as connection:
        (there,) = connection.execute("SELECT to_regclass('outbox_relay') IS NOT NULL").fetchone() or (False,)
        if there:
            connection.execute(
                "UPDATE outbox_relay SET epoch = %s, fence = fence + 1, expires_at = '-infinity'",
                [f"restored {backup}"],
            )


def _run(program: str, options: list[str], name: str, url: str) -> None:
    done = subprocess.run([tool(program), *options], env=_environment(url), capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise DatabaseFailed(f"{program} of {name} failed: {said}")


def tool(program: str) -> str:
    """Return where a program of PostgreSQL is: in its wheel, else on the path. Raises DatabaseFailed."""
    try:
        return str(binaries() / program)
    except NodeFailed:
        found = shutil.which(program)
    if found is None:
        raise DatabaseFailed(
            f"{program} is not installed: install PostgreSQL's client programs, of the server's version."
        )
    return found


def _environment(url: str) -> dict[str, str]:
    given = {**conninfo_to_dict(for_libpq(url, AS_TEXT))}
    ours = {VARIABLES[name]: str(value) for name, value in given.items() if name in VARIABLES and value is not None}
    # Variables of the person's own shell must not lead elsewhere.
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PG")}, **ours}
