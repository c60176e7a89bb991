"""The object store: written and read, with a clock that agrees, and closed to everybody else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from deploy.operations.doctor.clocks import apart
from deploy.operations.doctor.findings import Check, Finding
from libs.chassis.ids import new_id
from libs.chassis.object_store import DirectoryStore, ObjectStore, S3Store, StoreAway
from pipelines.transcode.service.masters import PRIVATE

PROBE = b"bijou doctor looks whether it can write and read this"


def check(store: ObjectStore, now: Callable[[], datetime]) -> Check:
    """Return the check of an object store. It puts one small object and removes it."""
    return Check("object store", lambda: look(store, now))


def look(store: ObjectStore, now: Callable[[], datetime]) -> Iterator[Finding]:
    """Yield what is wrong with it."""
    key = f"doctor/{new_id()}"
    try:
        asyncio.run(_written_and_read(store, key))
        if isinstance(store, S3Store):
            yield from _bucket(store, key, now)
    except (StoreAway, OSError, ValueError) as error:
        cause = error.__cause__ or error
        yield Finding(
            f"The object store cannot be used: {type(cause).__name__}: {cause}",
            "No film can be uploaded or made, and no picture put in.",
            "See whether it runs, whether its key may write, and what BIJOU_OBJECT_STORE_URL says: docs/runbooks/backends.md.",
        )
        return
    finally:
        _removed(store, key)
    if isinstance(store, DirectoryStore):
        yield from _folder(store)


async def _written_and_read(store: ObjectStore, key: str) -> None:
    await store.put_bytes(key, PROBE)
    found = await store.get_bytes(key)
    if found != PROBE:
        raise ValueError("what was read is not what was written")


def _removed(store: ObjectStore, key: str) -> None:
    try:
        asyncio.run(store.delete_prefix(key))
    except (StoreAway, OSError):
        return
    if isinstance(store, DirectoryStore):
        try:
            (store.root / "doctor").rmdir()
        except OSError:
            return


def _folder(store: DirectoryStore) -> Iterator[Finding]:
    for name in PRIVATE:
        path = store.root / name
        if path.is_dir() and path.stat().st_mode & 0o077:
            yield Finding(
                f"Others on this machine may look into {path}.",
                "Masters are what a studio gives to nobody.",
                f"chmod 700 {path}",
            )


def _bucket(store: S3Store, key: str, now: Callable[[], datetime]) -> Iterator[Finding]:
    name = f"{store.prefix}{key}"
    before = now()
    answer = store.client.head_object(Bucket=store.bucket, Key=name)
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date:
        yield from apart("the object store", parsedate_to_datetime(date).astimezone(UTC), before, now(), precision=1.0)
    stranger = store.client_of()
    close = "Take the public grant out of the bucket's policy and its access lists, and block public access to it."
    tries: list[tuple[str, Callable[[], Any]]] = [
        ("read", lambda: stranger.get_object(Bucket=store.bucket, Key=name)),
        ("list", lambda: stranger.list_objects_v2(Bucket=store.bucket, MaxKeys=1)),
        ("write to", lambda: stranger.put_object(Bucket=store.bucket, Key=f"{name}-by-a-stranger", Body=b"")),
    ]
    for what, attempt in tries:
        if _goes(attempt):
            why = (
                "Masters and whole films are anybody's."
                if what != "write to"
                else "Anybody can put films in, or over ours."
            )
            yield Finding(f"Anybody may {what} the bucket {store.bucket}, without a key.", why, close)
    store.client.delete_object(Bucket=store.bucket, Key=f"{name}-by-a-stranger")
    key_file = os.environ.get("BIJOU_PLATFORM_SECRETS")
    if key_file and (reader := Path(key_file) / "edge" / "bucket_key").is_file():
        yield from _reader(store, name, reader)


def _reader(store: S3Store, name: str, key_file: Path) -> Iterator[Finding]:
    """The edge's key reads: with more, whoever breaks into an edge has every film."""
    lines = dict(line.split(" = ", 1) for line in key_file.read_text().splitlines() if " = " in line)
    edge = store.client_of(lines["aws_access_key_id"], lines["aws_secret_access_key"])
    if _goes(lambda: edge.put_object(Bucket=store.bucket, Key=f"{name}-by-the-edge", Body=b"")):
        store.client.delete_object(Bucket=store.bucket, Key=f"{name}-by-the-edge")
        yield Finding(
            f"The edge's key may write to the bucket {store.bucket}.",
            "Whoever breaks into an edge can replace films.",
            "Give it the right to read alone.",
        )


def _goes(attempt: Callable[[], Any]) -> bool:
    from botocore.exceptions import ClientError

    try:
        attempt()
    except ClientError:
        return False
    return True
