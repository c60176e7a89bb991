"""Migrators beside each other, and indexes built while a table is in use."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from libs.chassis.data import migrations
from tests.conftest import Databases

MODULE = "tests.chassis.indexed"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    name = databases.create()
    yield databases.url(name)
    databases.drop(name)


def rows(url: str, query: Any) -> list[Any]:
    with psycopg.connect(url, autocommit=True) as connection:
        return list(connection.execute(query))


def version(url: str) -> str:
    return str(rows(url, "SELECT version_num FROM alembic_version")[0][0])


def test_a_second_migrator_waits_for_the_first(url: str) -> None:
    command = [sys.executable, "-m", "libs.chassis.data.migrations", MODULE]
    environment = {**os.environ, "BIJOU_DATABASE_URL": url, "BIJOU_DATABASE_DIRECT_URL": ""}
    with psycopg.connect(url, autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(hashtext('bijou.migrations'))")
        others = [
            subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            for _ in range(2)
        ]
        deadline = time.monotonic() + 60
        mine = f"datname = current_database() AND pid <> {first.info.backend_pid}"
        while len(rows(url, f"SELECT DISTINCT pid FROM pg_stat_activity WHERE {mine} AND pid <> pg_backend_pid()")) < 2:
            assert time.monotonic() < deadline, [other.communicate()[0] for other in others]
        for other in others:  # longer than a migration waits for the lock of a table
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(3.5)
    for other in others:
        output, _ = other.communicate(timeout=60)
        assert other.returncode == 0, output
    assert version(url) == "2026_11_26_unique"


def test_a_concurrent_index_that_failed_is_built_again(url: str) -> None:
    migrations.upgrade(MODULE, url, "2026_11_26_table")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO letters VALUES ('a'), ('b'), ('a')")
        with pytest.raises(IntegrityError, match="ix_letters_letter"):
            migrations.upgrade(MODULE, url)
        assert version(url) == "2026_11_26_table"
        validity = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_letters_letter'::regclass"
        assert rows(url, validity) == [(False,)]

        connection.execute("DELETE FROM letters WHERE letter = 'a'")
        migrations.upgrade(MODULE, url)
        assert rows(url, validity) == [(True,)]
        assert version(url) == "2026_11_26_unique"

        migrations.downgrade(MODULE, url, "2026_11_26_table")
        migrations.upgrade(MODULE, url)
        assert rows(url, validity) == [(True,)]


def test_a_concurrent_index_waits_for_older_writers_and_holds_up_nobody(url: str) -> None:
    migrations.upgrade(MODULE, url, "2026_11_26_table")
    failure: list[BaseException] = []

    def build() -> None:
        try:
            migrations.upgrade(MODULE, url)
        except BaseException as error:
            failure.append(error)

    with psycopg.connect(url) as older, psycopg.connect(url, autocommit=True) as other:
        older.execute("INSERT INTO letters VALUES ('a')")
        building = threading.Thread(target=build)
        building.start()
        waits = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE UNIQUE INDEX CONC%' AND wait_event_type = 'Lock'"
        deadline = time.monotonic() + 60
        while rows(url, waits) != [(1,)]:
            assert time.monotonic() < deadline, failure
        building.join(6)  # longer than a migration waits for the lock of a table
        assert building.is_alive(), failure
        other.execute("INSERT INTO letters VALUES ('b')")
        older.commit()
        building.join(60)
    assert failure == []
    assert version(url) == "2026_11_26_unique"


def test_who_waits_goes_on_once_somebody_has_migrated(url: str) -> None:
    migrations.upgrade(MODULE, url, "2026_11_26_table")
    assert not migrations.is_migrated(MODULE, url)
    waiting = threading.Thread(target=migrations.wait, args=(MODULE, url), daemon=True)
    waiting.start()
    migrations.upgrade(MODULE, url)
    waiting.join(30)
    assert not waiting.is_alive()
    assert migrations.is_migrated(MODULE, url)


def test_tables_that_are_newer_than_the_program_are_good_enough(url: str) -> None:
    migrations.upgrade(MODULE, url)
    rows(url, "UPDATE alembic_version SET version_num = 'of_a_later_version' RETURNING 1")
    assert migrations.is_migrated(MODULE, url)


def test_who_waits_for_nobody_says_what_helps(url: str) -> None:
    with pytest.raises(migrations.NotMigrated):
        migrations.wait(MODULE, url, patience=0)


def test_an_older_program_leaves_a_newer_database_as_it_is(url: str) -> None:
    migrations.upgrade(MODULE, url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '2036_01_01_newer'")
    command = [sys.executable, "-m", "libs.chassis.data.migrations", MODULE]
    environment = {**os.environ, "BIJOU_DATABASE_URL": url, "BIJOU_DATABASE_DIRECT_URL": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert version(url) == "2036_01_01_newer"
