"""A platform whose servers are not ours: its databases by their addresses, its bucket, its broker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy import topology
from deploy.local.nodes.tansu import Tansu
from deploy.operations import backup, databases, restore
from deploy.operations.archive import Archive
from deploy.operations.databases import DatabaseFailed
from deploy.operations.places import Platform
from deploy.operations.restore import SomethingThere, StillRunning
from libs.chassis.messaging.bus import create_topics
from libs.chassis.object_store import S3Store
from libs.contracts.registry import TOPICS
from tests.conftest import Databases

OWNERS = [service.name for service in topology.SERVICES if topology.owns_database(service)]
MIGRATED = "watchstate"


def quiet(_: str) -> None: ...


class Away:
    """What a Job is told of a platform in containers."""

    def __init__(self, server: Databases, place: Path, bucket: S3Store, broker: Tansu) -> None:
        self._server = server
        self.names = {
            name: server.migrated(f"services.{name}") if name == MIGRATED else server.create() for name in OWNERS
        }
        self.bucket = bucket
        endpoint = bucket.client.meta.endpoint_url
        same = {
            "BIJOU_KAFKA_BOOTSTRAP": broker.bootstrap, "BIJOU_WORK_DIR": str(place), "BIJOU_INDEX_DIR": str(place),
            "BIJOU_OBJECT_STORE_URL": f"s3://films/a/prefix?endpoint={endpoint}",
        }  # fmt: skip
        self.platform = Platform({name: {**same, "BIJOU_DATABASE_URL": self.url(name)} for name in OWNERS})
        for name in OWNERS:
            self.execute(name, "CREATE TABLE things (name text); INSERT INTO things VALUES ('as it was')")

    def url(self, name: str) -> str:
        return self._server.url(self.names[name])

    def execute(self, name: str, query: str) -> None:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(query.encode())

    def things(self) -> dict[str, list[str]]:
        found = {}
        for name in OWNERS:
            with psycopg.connect(self.url(name)) as connection:
                found[name] = [row[0] for row in connection.execute("SELECT name FROM things")]
        return found


@pytest.fixture
def away(server: Databases, tmp_path: Path, bucket: S3Store, fresh_broker: Tansu) -> Iterator[Away]:
    made = Away(server, tmp_path, bucket, fresh_broker)
    yield made
    for name in made.names.values():
        server.drop(name)


@pytest.fixture
def server(databases: Databases) -> Databases:
    """The server of the tests, by a name of its own: what is tested is called as its fixture."""
    return databases


WAS = {name: ["as it was"] for name in OWNERS}


async def _topics(broker: Tansu) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    found = set(await admin.list_topics())
    await admin.close()
    return found


def test_it_is_put_back_whole_and_what_happened_since_is_gone_everywhere(
    away: Away, tmp_path: Path, fresh_broker: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(tmp_path / "backups")
    asyncio.run(away.bucket.put_bytes("media/film/master.m3u8", b"#EXTM3U", "application/vnd.apple.mpegurl"))
    asyncio.run(away.bucket.put_bytes("images/poster", b"jpeg", "image/jpeg"))
    made = backup.take(away.platform, archive, secrets=False, say=quiet)
    assert made.apart == 0.0
    with pytest.raises(backup.NothingSecretHere):
        backup.take(away.platform, archive, secrets=True, say=quiet)
    assert archive.ids() == [made.id]

    for name in OWNERS:
        away.execute(name, "INSERT INTO things VALUES ('since'); CREATE TABLE since (id int)")
    asyncio.run(away.bucket.delete_prefix("images/poster"))
    asyncio.run(away.bucket.put_bytes("media/film/master.m3u8", b"#EXTM3U other"))
    asyncio.run(create_topics({"bootstrap_servers": fresh_broker.bootstrap}, list(TOPICS.values()), alone=True))

    def put_back(*, replace: bool) -> restore.Restored:
        return restore.elsewhere(away.platform, archive, made.id, replace=replace, say=quiet)

    with psycopg.connect(away.url("catalog"), application_name="bijou"), pytest.raises(StillRunning, match="catalog"):
        put_back(replace=True)
    with pytest.raises(SomethingThere):
        put_back(replace=False)
    assert away.things() == {name: ["as it was", "since"] for name in OWNERS}, "nothing was touched"

    # It is interrupted in the middle: each database is the old one or the new one, and the next time goes on.
    load, failing = databases.load, OWNERS[5]

    def fails(name: str, url: str, dumped: Path, *, replace: bool = False) -> None:
        if name == failing:
            raise DatabaseFailed("the power is gone")
        load(name, url, dumped, replace=replace)

    monkeypatch.setattr(databases, "load", fails)
    with pytest.raises(DatabaseFailed):
        put_back(replace=True)
    assert away.things()[failing] == ["as it was", "since"]
    assert asyncio.run(_topics(fresh_broker)) >= set(TOPICS), "the broker comes last"
    monkeypatch.setattr(databases, "load", load)
    done = put_back(replace=True)

    assert away.things() == WAS
    assert (done.objects, done.rows) == (
        2,
        sum(t.rows for dump in made.databases.values() for t in dump.tables.values()),
    )
    assert not asyncio.run(_topics(fresh_broker)) & set(TOPICS)
    assert asyncio.run(away.bucket.get_bytes("media/film/master.m3u8")) == b"#EXTM3U"
    assert asyncio.run(away.bucket.content_type("images/poster")) == "image/jpeg"
    with psycopg.connect(away.url(MIGRATED)) as connection:
        assert connection.execute("SELECT epoch FROM outbox_relay").fetchall() == [(f"restored {made.id}",)]


def test_an_empty_place_needs_no_word_for_it(away: Away, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "backups")
    made = backup.take(away.platform, archive, secrets=False, say=quiet)
    for name in OWNERS:
        away.execute(name, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    restore.elsewhere(away.platform, archive, made.id, replace=False, say=quiet)
    assert away.things() == WAS
