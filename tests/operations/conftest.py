"""A bucket that speaks S3, as moto has it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from libs.chassis.object_store import S3Store


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    from moto.server import ThreadedMotoServer

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    # All of moto's servers in a process have the same buckets.
    httpx.post(f"{url}/moto-api/reset").raise_for_status()
    store = S3Store("films", "a/prefix", url)
    store.client.create_bucket(Bucket="films")
    yield store
    server.stop()
