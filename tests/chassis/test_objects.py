"""Both object stores behave the same; keys that could leave the store are refused by both."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders

from libs.chassis import object_store
from libs.chassis.object_store import BadKey, NoSuchObject, ObjectStore, StoreAway


class Raw(io.BytesIO):
    """A body as botocore reads it from its connection."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    if request.param == "directory":
        return object_store.open_store(f"file://{tmp_path}/store")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    endpoint = request.getfixturevalue("s3_endpoint")
    store = object_store.open_store(f"s3://films/{tmp_path.name}?endpoint={endpoint}")
    assert isinstance(store, object_store.S3Store)
    store._client.create_bucket(Bucket="films")
    return store


async def test_what_is_put_can_be_read_listed_and_deleted(store: ObjectStore, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(b"x" * 100_000)
    await store.put_bytes("media/a/master.m3u8", b"#EXTM3U", "application/vnd.apple.mpegurl")
    await store.put_file("media/a/seg/1.m4s", source)
    await store.put_bytes("media/ab/other.txt", b"stays")
    assert await store.get_bytes("media/a/master.m3u8") == b"#EXTM3U"
    await store.download("media/a/seg/1.m4s", tmp_path / "copy.bin")
    assert (tmp_path / "copy.bin").read_bytes() == source.read_bytes()
    assert await store.list("media/a") == ["media/a/master.m3u8", "media/a/seg/1.m4s"]
    assert await store.exists("media/a/master.m3u8")
    await store.put_bytes("media/a/master.m3u8", b"#EXTM3U2")
    assert await store.get_bytes("media/a/master.m3u8") == b"#EXTM3U2"
    await store.delete_prefix("media/a")
    assert await store.list("media") == ["media/ab/other.txt"]
    assert not await store.exists("media/a/master.m3u8")


@pytest.mark.parametrize("store", ["s3"], indirect=True)
async def test_objects_that_a_bucket_keeps_are_not_called_deleted(store: ObjectStore) -> None:
    assert isinstance(store, object_store.S3Store)
    await store.put_bytes("media/held/1.m4s", b"x")
    refusal = b"<DeleteResult><Error><Key>media/held/1.m4s</Key><Code>AccessDenied</Code></Error></DeleteResult>"

    def refuse(request: Any, **_: object) -> Any:
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw(refusal))

    store._client.meta.events.register("before-send.s3.DeleteObjects", refuse)
    with pytest.raises(StoreAway, match="AccessDenied"):
        await store.delete_prefix("media/held")


@pytest.mark.parametrize("store", ["s3"], indirect=True)
async def test_a_store_that_refuses_is_away_and_says_why(store: ObjectStore) -> None:
    assert isinstance(store, object_store.S3Store)
    refusal = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"

    def refuse(request: Any, **_: object) -> Any:
        return AWSResponse(request.url, 400, HTTPHeaders(), Raw(refusal))

    store._client.meta.events.register("before-send.s3.GetObject", refuse)
    with pytest.raises(StoreAway) as refused:
        await store.get_bytes("media/a/master.m3u8")
    assert "ExpiredToken" in str(refused.value.__cause__)
    assert "ExpiredToken" not in refused.value.detail  # which viewers are shown


async def test_a_put_returns_after_its_name_and_its_folders_are_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power failure a name is there only if the folder that holds it was synced since."""
    real, synced = os.fsync, list[str]()

    def fsync(handle: int) -> None:
        real(handle)
        synced.append(os.path.relpath(Path(f"/proc/self/fd/{handle}").readlink(), tmp_path))

    monkeypatch.setattr(os, "fsync", fsync)
    store = object_store.DirectoryStore(tmp_path / "store")
    await store.put_bytes("masters/parts/one", b"x")
    *folders, content, place = synced
    assert folders == [".", "store", "store/masters"]  # each new folder's name is in the one above it
    assert content.startswith("store/masters/parts/.one.")
    assert place == "store/masters/parts"
    synced.clear()
    await store.put_file("masters/parts/two", tmp_path / "store/masters/parts/one")
    assert len(synced) == 2
    assert synced[-1] == "store/masters/parts"


async def test_what_is_not_there_is_said_so(store: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(NoSuchObject):
        await store.get_bytes("nothing/here")
    with pytest.raises(NoSuchObject):
        await store.download("nothing/here", tmp_path / "x")
    assert await store.list("nothing") == []
    await store.delete_prefix("nothing")


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/.", "a b", "a\nb", "a/%2e", "a/", "é", "a" * 600]
)
async def test_unsafe_keys_are_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(BadKey):
        await store.put_bytes(key, b"x")


def test_other_addresses_are_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        object_store.open_store("ftp://somewhere")


@pytest.mark.parametrize("folder", ["a b", "données", "100%", "what?", "#1", "%20", "плёнки"])
async def test_a_directory_is_where_its_address_says_whatever_it_is_called(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    store = object_store.open_store(place.as_uri())
    await store.put_bytes("films/one", b"a film")
    assert (place / "films" / "one").read_bytes() == b"a film"
    assert [path.name for path in tmp_path.iterdir()] == [folder]


async def test_private_folders_of_a_directory_are_for_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "store" / "masters").mkdir(parents=True)
    store = object_store.open_store(f"file://{tmp_path}/store", private=("masters",))
    await store.put_bytes("masters/parts/a/1", b"a film")
    await store.put_bytes("media/a/1.m4s", b"a segment")
    found = [path for path in (tmp_path / "store").rglob("*") if path.stat().st_mode & 0o077]
    assert {path.relative_to(tmp_path / "store").parts[0] for path in found} == {"media"}
