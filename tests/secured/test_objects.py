"""An object store behind TLS, and one that cannot be reached."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from libs.chassis import object_store
from libs.chassis.object_store import StoreAway
from tests.secured.certificates import Authority
from tests.secured.conftest import HERE


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


@pytest.fixture(scope="module")
def endpoint(authority: Authority) -> Iterator[str]:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    shown = authority.server(*HERE)
    server = make_server(
        "127.0.0.1",
        0,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        ssl_context=(str(shown.file), str(shown.key)),
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(10)


async def test_objects_travel_encrypted(endpoint: str, authority: Authority) -> None:
    store = object_store.open_store(f"s3://films?endpoint={endpoint}&ca={authority.file}")
    assert isinstance(store, object_store.S3Store)
    await asyncio.to_thread(store._client.create_bucket, Bucket="films")
    await store.put_bytes("media/a.txt", b"hello")
    assert await store.get_bytes("media/a.txt") == b"hello"


async def test_a_store_that_a_stranger_signed_is_not_believed(endpoint: str, stranger: Authority) -> None:
    store = object_store.open_store(f"s3://films?endpoint={endpoint}&ca={stranger.file}")
    with pytest.raises(StoreAway) as away:
        await store.exists("media/a.txt")
    assert "CERTIFICATE_VERIFY_FAILED" in str(away.value.__cause__)


async def test_a_store_that_is_away_is_said_to_the_caller() -> None:
    store = object_store.open_store("s3://films?endpoint=http://127.0.0.1:1")
    with pytest.raises(StoreAway) as away:
        await store.get_bytes("media/a.txt")
    assert away.value.status == 503
    assert away.value.headers()["Retry-After"]
