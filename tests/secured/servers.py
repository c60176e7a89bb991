"""Servers that insist on TLS, and a pooler: the machine's own programs, because the wheels are built without TLS."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.local.nodes import unprivileged
from deploy.local.nodes.base import Node, NodeFailed, NotReady
from tests.secured.certificates import Authority, Certificate

PASSWORD = "a-long-enough-password"


def program(*names: str) -> str:
    """The path of the first of these programs that is here; skips the test where none is."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin")))]
    for name in names:
        if found := shutil.which(name, path=os.pathsep.join(places)):
            return found
    pytest.skip(f"no {' or '.join(names)} on this machine: tests/setup/servers.sh installs it where it can")


class _Unprivileged(Node):
    """A server that refuses root."""

    def __init__(self, place: Path, port: int) -> None:
        super().__init__(place / f"{self.name}.log")
        self.place = place
        self.port: int = port
        self.user = unprivileged.user()

    def environment(self) -> Mapping[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def in_child(self) -> Callable[[], None]:
        return unprivileged.become(self.user, self.orphan_signal, reach_anywhere=False)


class SecuredPostgres(_Unprivileged):
    """PostgreSQL that talks TLS alone: passwords for everybody but `certified`, who shows a certificate."""

    name = "postgres"
    stop_signal = signal.SIGINT
    orphan_signal = signal.SIGINT

    def __init__(self, place: Path, port: int, authority: Authority, shown: Certificate) -> None:
        super().__init__(place, port)
        self.authority = authority
        self.shown = shown
        self._postgres, self._initdb = program("postgres"), program("initdb")
        self.data = place / "data"

    @property
    def url(self) -> str:
        """The administrator's URL, without a word on TLS."""
        return f"postgresql://bijou:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",
            "ssl": "on",
            "ssl_cert_file": str(self.shown.file),
            "ssl_key_file": str(self.shown.key),
            "ssl_ca_file": str(self.authority.file),
            "hba_file": str(self.place / "hba.conf"),
        }
        return [self._postgres, "-D", str(self.data), *(f"--{name}={value}" for name, value in options.items())]

    def prepare(self) -> None:
        super().prepare()
        self.data.mkdir(mode=0o700)
        (self.place / "hba.conf").write_text(
            "hostssl all certified 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
        )
        password = self.place / "password"
        password.write_text(PASSWORD)
        unprivileged.give(self.place, self.user)
        command = [
            *(self._initdb, f"--pgdata={self.data}", "--username=bijou", f"--pwfile={password}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, preexec_fn=self.in_child())
        if done.returncode:
            raise NodeFailed(done.stdout + done.stderr)

    def check(self) -> None:
        try:
            with psycopg.connect(f"{self.url}?sslmode=require", connect_timeout=5):
                pass
        except psycopg.OperationalError as error:
            raise NotReady(str(error)) from error


class SecuredRedis(Node):
    """A server of the Redis protocol that talks TLS alone and asks for a password."""

    name = "redis"

    def __init__(self, place: Path, port: int, authority: Authority, shown: Certificate) -> None:
        super().__init__(place / "redis.log")
        self.place = place
        self.port: int = port
        self.authority = authority
        self.shown = shown
        self._program = program("valkey-server", "redis-server")

    @property
    def url(self) -> str:
        return f"rediss://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        options = {
            "bind": "127.0.0.1",
            "port": "0",
            "tls-port": str(self.port),
            "tls-cert-file": str(self.shown.file),
            "tls-key-file": str(self.shown.key),
            "tls-ca-cert-file": str(self.authority.file),
            "tls-auth-clients": "no",
            "requirepass": PASSWORD,
            "save": "",
            "dir": str(self.place),
        }
        return [self._program, *(part for name, value in options.items() for part in (f"--{name}", value))]

    def check(self) -> None:
        try:
            with redis.Redis.from_url(f"{self.url}?ssl_ca_certs={self.authority.file}", socket_timeout=2) as client:
                client.ping()
        except redis.RedisError as error:
            raise NotReady(str(error)) from error


class PgBouncer(_Unprivileged):
    """A pooler that gives a server's connection away for one transaction at a time; fewer of them than there are clients."""

    name = "pgbouncer"
    stop_signal = signal.SIGINT

    def __init__(self, place: Path, port: int, server: str) -> None:
        super().__init__(place, port)
        self._program = program("pgbouncer")
        self._server = psycopg.conninfo.conninfo_to_dict(server)

    @property
    def url(self) -> str:
        parts = self._server
        return f"postgresql://{parts['user']}:{parts['password']}@127.0.0.1:{self.port}/{parts['dbname']}"

    def command(self) -> list[str]:
        return [self._program, str(self.place / "pgbouncer.ini")]

    def prepare(self) -> None:
        super().prepare()
        parts = self._server
        (self.place / "users").write_text(f'"{parts["user"]}" "{parts["password"]}"\n')
        (self.place / "pgbouncer.ini").write_text(
            "[databases]\n"
            f"* = host={parts['host']} port={parts['port']}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {self.place}/users\n"
            "pool_mode = transaction\ndefault_pool_size = 2\n"
        )
        unprivileged.give(self.place, self.user)

    def check(self) -> None:
        try:
            with psycopg.connect(self.url, connect_timeout=5):
                pass
        except psycopg.OperationalError as error:
            raise NotReady(str(error)) from error
