"""Databases go back to a second between two backups, by the server's files and its log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from deploy import topology
from deploy.local.data import Data
from deploy.local.nodes.base import NodeFailed
from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from deploy.operations import backup, places, restore
from deploy.operations.archive import Archive, BackupDamaged, NoBackup
from deploy.operations.databases import DatabaseFailed
from tests import backends
from tests.journeys.people import eventually


class Platform:
    """The databases of a platform, without its services."""

    def __init__(self, root: Path) -> None:
        self.data = Data(root / "data")
        self.archive = Archive(root / "backups with a space, and 100%")
        self.data.make()
        owners = [service.name for service in topology.SERVICES if topology.owns_database(service)]
        self.secrets = self.data.secrets(owners)
        (self.data.root / "ports.json").write_text(json.dumps({"postgres": free_port()}))
        self.server = self._server()
        self.server.start()
        self.server.ensure_databases(self.secrets.databases.items())
        self.execute("CREATE TABLE titles (name text)")

    def _server(self) -> Postgres:
        port, password = self.data.known_ports()["postgres"], self.secrets.named["postgres"]
        log = self.data.log_of("postgres")
        return Postgres(self.data.postgres, port, password, log, archive=self.archive.log, disposable=True)

    @property
    def url(self) -> str:
        return self.server.url_of("catalog", "catalog", self.secrets.databases["catalog"])

    def execute(self, query: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(query.encode())

    def add(self, name: str) -> datetime:
        """Add a title; return a moment after it and before anything else."""
        self.execute(f"INSERT INTO titles VALUES ('{name}')")
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute("SELECT clock_timestamp(), pg_sleep(0.05)").fetchone()
        assert row is not None
        moment: datetime = row[0]
        return moment.astimezone(UTC)

    def titles(self) -> list[str]:
        with psycopg.connect(self.url) as connection:
            return [row[0] for row in connection.execute("SELECT name FROM titles ORDER BY name")]

    def back_up(self) -> str:
        platform = places.on_this_machine(self.data)
        return backup.take(platform, self.archive, secrets=False, files=True, say=lambda _: None).id

    def logged(self) -> None:
        """Wait until all that was written until now is in the folder."""
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        eventually(lambda: (self.archive.log / str(row[0])).exists())

    def to(self, moment: datetime) -> None:
        self.server.stop()
        restore.to_moment(self.data, self.archive, moment, say=lambda _: None)
        self.start()

    def start(self) -> None:
        self.server = self._server()
        self.server.start()


@pytest.fixture
def platform() -> Iterator[Platform]:
    with backends.folder() as place:
        made = Platform(place)
        try:
            yield made
        finally:
            made.server.stop()


def test_a_mistake_is_undone_to_the_second_and_again_later(platform: Platform) -> None:
    platform.add("before the backup")
    platform.back_up()
    moment = platform.add("after it")
    platform.execute("DELETE FROM titles")
    (platform.data.store / "film").write_text("put since")
    platform.logged()
    platform.to(moment)
    assert platform.titles() == ["after it", "before the backup"]
    assert (platform.data.store / "film").read_text() == "put since"

    # It goes on from there, and its log with it: another mistake is undone by the same files.
    second = platform.add("on the way it took")
    platform.execute("DELETE FROM titles")
    platform.logged()
    platform.to(second)
    assert platform.titles() == ["after it", "before the backup", "on the way it took"]


def test_what_was_not_copied_yet_is_taken_from_where_it_was_written(platform: Platform) -> None:
    platform.back_up()
    moment = platform.add("a moment ago")
    platform.execute("DELETE FROM titles")
    platform.to(moment)
    assert platform.titles() == ["a moment ago"]


def test_where_it_cannot_go_nothing_changes(platform: Platform) -> None:
    early = platform.add("early")
    platform.back_up()
    moment = platform.add("late")
    platform.logged()
    with pytest.raises(NoBackup, match="has the server's files"):
        platform.to(early)

    # The moment lies beyond the end of the log.
    with pytest.raises((DatabaseFailed, NodeFailed)):
        platform.to(datetime.now(UTC) + timedelta(hours=1))
    platform.start()
    assert platform.titles() == ["early", "late"]

    # A file of the copy is damaged.
    platform.server.stop()
    copied = next(platform.archive.root.glob("2*/base/base/*/PG_VERSION"))
    copied.write_text("81\n")
    with pytest.raises((DatabaseFailed, BackupDamaged)):
        platform.to(moment)
    platform.start()
    assert platform.titles() == ["early", "late"]


def test_a_server_that_keeps_no_log_is_not_copied(platform: Platform) -> None:
    platform.server.stop()
    port, password = platform.data.known_ports()["postgres"], platform.secrets.named["postgres"]
    platform.server = Postgres(
        platform.data.postgres, port, password, platform.data.log_of("postgres"), disposable=True
    )
    platform.server.start()
    with pytest.raises(backup.NoLog):
        platform.back_up()
    assert platform.archive.ids() == []


def test_the_log_from_before_all_copies_is_deleted(platform: Platform) -> None:
    first = platform.back_up()
    platform.add("one")
    platform.logged()
    before = {path.name for path in platform.archive.log.iterdir()}
    second = eventually(lambda: None if datetime.now(UTC).strftime("%S") == first[13:15] else platform.back_up())
    moment = platform.add("two")
    # PostgreSQL knows that it has come to a moment by what was written after it.
    platform.add("three")
    platform.logged()
    assert platform.archive.keep(1) == [first]
    assert before - {path.name for path in platform.archive.log.iterdir()}, "some of it is gone"
    platform.to(moment)
    assert platform.titles() == ["one", "two"]
    assert platform.archive.ids() == [second]
    shutil.rmtree(platform.archive.root)
