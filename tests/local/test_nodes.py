"""The real servers of the wheels: they start, survive kill -9, come back on their address and stop."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from deploy.local.nodes import postgres, tansu
from deploy.local.nodes.base import NodeFailed
from deploy.local.nodes.nginx import Nginx
from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.tansu import Tansu
from deploy.local.nodes.valkey import Valkey
from deploy.local.ports import free_port
from tests import backends


@pytest.fixture
def place() -> Iterator[Path]:
    with backends.folder() as path:
        yield path


@pytest.fixture
def postgres_node(place: Path) -> Iterator[Postgres]:
    node = Postgres(place / "postgres", free_port(), "pass'word", place / "postgres.log")
    yield node
    node.stop()


def test_postgres_loses_nothing_when_killed(postgres_node: Postgres) -> None:
    postgres_node.start()
    with psycopg.connect(postgres_node.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE mark AS SELECT 42 AS answer")
    before = postgres_node.pid
    postgres_node.kill()
    postgres_node.start()
    assert postgres_node.pid != before
    with psycopg.connect(postgres_node.url) as connection:
        assert connection.execute("SELECT answer FROM mark").fetchone() == (42,)


def test_a_cluster_whose_making_was_cut_short_is_made_again(
    postgres_node: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(bin_dir: Path, data: Path, password_file: Path, **_: bool) -> list[str]:
        return ["sh", "-c", f"echo 18 > '{data}/PG_VERSION'; kill -9 $$"]

    with monkeypatch.context() as patched:
        patched.setattr(postgres, "initdb_command", killed)
        with pytest.raises(NodeFailed, match="failed"):
            postgres_node.start()
    postgres_node.start()


def test_postgres_asks_for_the_password(postgres_node: Postgres) -> None:
    postgres_node.start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_node.url_of("postgres", password="wrong"))


def test_each_role_enters_its_own_database_only_and_marks_stay(postgres_node: Postgres) -> None:
    postgres_node.start()
    for _ in range(2):
        postgres_node.ensure_databases([("one", "a'b"), ("two", "c")])
    with psycopg.connect(postgres_node.url_of("one", "one", "a'b")) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(postgres_node.url_of("one", "two", "c"))
    postgres_node.mark("one", "it's here")
    assert postgres_node.marks()["one"] == "it's here"
    assert "two" not in postgres_node.marks()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can close a door on itself")
def test_postgres_runs_below_a_directory_its_user_cannot_enter(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    node = Postgres(closed / "postgres", free_port(), "x", place / "postgres.log")
    try:
        node.start()
        node.stop()
    finally:
        node.kill()
    assert node.process is not None
    assert node.process.poll() == 0


def test_valkey_keeps_acknowledged_writes_and_asks_for_its_password(place: Path) -> None:
    node = Valkey(place / "valkey", free_port(), place / "valkey.log", "hush")
    try:
        node.start()
        assert stat.S_IMODE((place / "valkey" / "valkey.conf").stat().st_mode) == 0o600
        with redis.Redis.from_url(node.url) as client:
            client.set("mark", "42")
        node.kill()
        node.start()
        with redis.Redis.from_url(node.url, decode_responses=True) as client:
            assert client.get("mark") == "42"
        with redis.Redis(port=node.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    finally:
        node.stop()
    assert not node.running


def test_the_broker_comes_back_on_its_address(place: Path) -> None:
    node = Tansu(free_port(), place / "tansu.log")
    try:
        node.start()
        node.kill()
        node.start()
        node.check()
    finally:
        node.stop()
    assert not node.running


def test_no_server_writes_into_the_home_directory(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = place / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    nodes = [
        Postgres(place / "postgres", free_port(), "x", place / "postgres.log"),
        Valkey(place / "valkey", free_port(), place / "valkey.log", "x"),
        Tansu(free_port(), place / "tansu.log"),
    ]
    try:
        for node in nodes:
            node.start()
    finally:
        for node in nodes:
            node.stop()
    assert list(home.iterdir()) == []


def test_the_brokers_program_is_copied_only_where_it_cannot_run_in_place(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tansu.server_binary(place / "spare").name == "tansu"
    assert not (place / "spare").exists()
    monkeypatch.setattr(os, "access", lambda *_: False)
    spare = tansu.server_binary(place / "spare")
    assert spare == place / "spare"
    assert stat.S_IMODE(spare.stat().st_mode) == 0o700
    assert spare.stat().st_size > 1_000_000


def test_nginx_serves_and_stops_in_order(place: Path) -> None:
    port = free_port()
    server = f"server {{ listen 127.0.0.1:{port}; }}"
    text = f"daemon off; pid nginx.pid; events {{}} http {{ access_log off; {server} }}"
    node = Nginx(place / "edge", port, text, place / "nginx.log")
    try:
        node.start()
        assert stat.S_IMODE((place / "edge" / "nginx.conf").stat().st_mode) == 0o600
    finally:
        node.stop()
    assert node.process is not None
    assert node.process.poll() == 0


def test_a_server_that_cannot_start_says_why(place: Path) -> None:
    node = Nginx(place / "edge", free_port(), "daemon off; no_such_directive;", place / "nginx.log")
    with pytest.raises(NodeFailed, match="no_such_directive"):
        node.start()


def test_stopping_what_does_not_listen_ends_in_force(place: Path) -> None:
    node = Tansu(free_port(), place / "tansu.log")
    node.start()
    assert node.pid is not None
    os.kill(node.pid, signal.SIGSTOP)
    node.stop(timeout=0.2)
    assert node.process is not None
    assert node.process.poll() == -signal.SIGKILL
