"""The lake on an object store: the same rows, the same files in fewer, and nothing left that nobody names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.service import maintenance
from tests.analytics import seaweed
from tests.analytics.places import NOON, Place, record, started
from tests.conftest import Databases

TABLE, BUCKET, PREFIX = "raw.playback_sessions", "bijou", "of/ours"


@contextmanager
def store(folder: Path) -> Iterator[str]:
    """SeaweedFS where this machine has it, else moto."""
    if program := seaweed.program():
        node = seaweed.SeaweedFS(folder, program)
        node.start()
        yield node.endpoint
        node.stop()
        return
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket as boto3 sees it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", seaweed.KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", seaweed.SECRET)
    with store(tmp_path) as endpoint:
        made = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1").Bucket(BUCKET)
        made.create()
        yield made


def test_a_lake_in_a_bucket_is_filled_asked_put_together_and_swept(
    databases: Databases, bucket: Any, tmp_path: Path
) -> None:
    endpoint = bucket.meta.client.meta.endpoint_url
    name = databases.migrated("pipelines.analytics")
    place = Place(databases.url(name), f"s3://{BUCKET}/{PREFIX}?endpoint={endpoint}", tmp_path)
    records = [record(started(), number, at=NOON + timedelta(days=number % 2)) for number in range(8)]
    for start in range(0, 8, 2):
        intake = place.intake()  # each as a sink that was started anew
        assert intake.places == ({0: start} if start else {})
        intake.add(records[: start + 2])
        assert intake.flush() == 2

    def files() -> set[str]:
        return {each.key for each in bucket.objects.filter(Prefix=f"{PREFIX}/lake/") if each.key.endswith(".parquet")}

    lake = place.lake()
    question = f"SELECT COUNT(*) AS number, COUNT(DISTINCT key) AS people FROM {TABLE}"
    with Duck(lake) as duck:
        assert duck.ask(question).to_pylist() == [{"number": 8, "people": 8}]
        assert len(files()) == 8
        table = lake.find(TABLE)
        assert table is not None and maintenance.compact(table, few=4) == 8
        later = datetime.now(UTC) + timedelta(days=8)
        maintenance.expire(table, later)
        assert maintenance.sweep(table, later) > 8
        assert len(files()) == 2
        duck.refresh()
        assert duck.ask(question).to_pylist() == [{"number": 8, "people": 8}]
    assert place.intake().places == {0: 8}
    databases.drop(name)
