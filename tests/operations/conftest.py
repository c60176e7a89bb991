"""A bucket that speaks S3, as moto has it."""

from __future__ import annotations

from collections.abc import Iterator

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
    store = S3Store("films", "a/prefix", f"http://{host}:{port}")
    store.client.create_bucket(Bucket="films")
    yield store
    server.stop()
