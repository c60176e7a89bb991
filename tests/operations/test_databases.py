"""Databases copied at one instant while they are written to, and put back whole or not at all."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from deploy.operations import databases
from deploy.operations.databases import DatabaseFailed, RowsDiffer
from tests.conftest import Databases

TABLE = (
    "CREATE TABLE pairs (id bigint PRIMARY KEY, said text, at timestamptz DEFAULT now(), share float8 DEFAULT random())"
)


@pytest.fixture
def server(databases: Databases) -> Databases:
    """The server of the tests, by a name of its own: what is tested is called as its fixture."""
    return databases


@pytest.fixture
def urls(server: Databases) -> Iterator[dict[str, str]]:
    """Two databases of one server, each with a table."""
    names = {name: server.create() for name in ("one", "other")}
    found = {name: server.url(made) for name, made in names.items()}
    for url in found.values():
        with psycopg.connect(url) as connection:
            connection.execute(TABLE)
    yield found
    for made in names.values():
        server.drop(made)


class Writing(threading.Thread):
    """Writes the same row into both databases, the first one first, again and again."""

    def __init__(self, urls: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self._urls = urls
        self.stopped = threading.Event()
        self.written = 0

    def run(self) -> None:
        with ExitStack() as stack:
            both = [stack.enter_context(psycopg.connect(url, autocommit=True)) for url in self._urls.values()]
            while not self.stopped.wait(0.002):
                for connection in both:
                    connection.execute("INSERT INTO pairs (id, said) VALUES (%s, 'äöü \t €')", [self.written])
                self.written += 1


def test_all_are_of_one_instant_while_somebody_writes_and_come_back_row_by_row(
    urls: dict[str, str], server: Databases, tmp_path: Path
) -> None:
    writing = Writing(urls)
    writing.start()
    try:
        for _ in range(5):
            with databases.held(urls) as (held, apart):
                before = {each.name: each.sums()["public.pairs"].rows for each in held}
                assert apart == 0.0
                # Written first here, then there: at any instant the other has as many, or one less.
                assert before["one"] - before["other"] in (0, 1)
        with databases.held(urls) as (held, _):
            wanted = {each.name: each.sums() for each in held}
            for each in held:
                databases.dump(each, tmp_path / each.name)
            assert {each.name: each.sums() for each in held} == wanted
    finally:
        writing.stopped.set()
        writing.join(10)
    assert writing.written > wanted["one"]["public.pairs"].rows, "it went on writing meanwhile"

    for name, sums in wanted.items():
        made = server.create()
        fresh = server.url(made)
        assert databases.is_empty(fresh)
        databases.load(name, fresh, tmp_path / name)
        assert databases.compare(name, fresh, sums) == sums["public.pairs"].rows
        server.drop(made)


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM pairs WHERE id = 2",
        "UPDATE pairs SET said = 'other' WHERE id = 2",
        "UPDATE pairs SET share = share * 1.0000000000000002 WHERE id = 2",
        "UPDATE pairs SET at = at + interval '1 microsecond' WHERE id = 2",
        "UPDATE pairs SET id = 4 - id WHERE id IN (1, 3) AND false; INSERT INTO pairs VALUES (9)",
        "CREATE TABLE more (id int)",
        "DROP TABLE pairs",
    ],
)
def test_any_difference_is_seen(urls: dict[str, str], change: str) -> None:
    with psycopg.connect(urls["one"]) as connection:
        connection.execute("INSERT INTO pairs SELECT n, 'x' FROM generate_series(1, 3) n")
    with databases.connected(urls["one"]) as connection:
        wanted = databases.sums(connection)
    assert databases.compare("one", urls["one"], wanted) == 3
    with psycopg.connect(urls["one"], autocommit=True) as connection:
        connection.execute(change.encode())
    with pytest.raises(RowsDiffer):
        databases.compare("one", urls["one"], wanted)


def test_a_database_is_replaced_whole_or_stays_as_it_was(urls: dict[str, str], tmp_path: Path) -> None:
    for name in urls:
        with psycopg.connect(urls[name]) as connection:
            connection.execute("INSERT INTO pairs (id, said) VALUES (1, %s)", [name])
    with databases.held({"one": urls["one"]}) as (held, _):
        wanted = held[0].sums()
        databases.dump(held[0], tmp_path / "dump")
    with pytest.raises(DatabaseFailed, match="already exists"):
        databases.load("other", urls["other"], tmp_path / "dump")
    with pytest.raises(RowsDiffer):
        databases.compare("other", urls["other"], wanted)

    torn = tmp_path / "torn"
    torn.write_bytes((tmp_path / "dump").read_bytes()[:-100])
    with pytest.raises(DatabaseFailed):
        databases.load("other", urls["other"], torn, replace=True)
    with psycopg.connect(urls["other"]) as connection:
        assert connection.execute("SELECT said FROM pairs").fetchall() == [("other",)]

    databases.load("other", urls["other"], tmp_path / "dump", replace=True)
    assert databases.compare("other", urls["other"], wanted) == 1


def test_no_password_stands_in_a_command_line(urls: dict[str, str]) -> None:
    found = databases._environment("postgresql://me:very%20secret@db.example:5433/mine?sslmode=verify-full")
    assert (found["PGPASSWORD"], found["PGHOST"], found["PGPORT"], found["PGDATABASE"], found["PGSSLMODE"]) == (
        "very secret", "db.example", "5433", "mine", "verify-full",
    )  # fmt: skip


def test_a_server_that_is_away_is_said_in_a_line() -> None:
    with pytest.raises(databases.ServerAway), databases.held({"one": "postgresql://me@127.0.0.1:1/mine"}):
        pass
