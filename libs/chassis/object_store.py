"""Object storage behind one small interface: a directory on one machine, S3 everywhere else.

Keys are relative, with `/` between parts, of `[A-Za-z0-9/_.-]` only and without `.` or `..` parts, so that the same key is a
safe path and a safe URL.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from libs.chassis import telemetry
from libs.chassis.ids import new_id
from libs.chassis.problems import Unavailable

log = telemetry.logger(__name__)

THREADS = 16
KEY = re.compile(r"(?!/)(?:(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]+(?:/|$))+(?<!/)")
T = TypeVar("T")


class BadKey(ValueError):
    """An object key with characters or parts that are not allowed."""


class NoSuchObject(KeyError):
    """There is no object with this key."""


class StoreAway(Unavailable):
    """Pictures and films cannot be reached right now. Please try again in a moment."""

    code = "store_unavailable"


class Entry(NamedTuple):
    """An object as a store lists it: its size in bytes, and a `mark` that changes when it is put again."""

    key: str
    size: int
    mark: str


class ObjectStore(Protocol):
    """All keys as described above; a put replaces what was there, whole or not at all."""

    async def put_bytes(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None: ...

    async def put_file(self, key: str, path: Path, content_type: str = "application/octet-stream") -> None: ...

    async def get_bytes(self, key: str) -> bytes: ...

    async def download(self, key: str, path: Path) -> None: ...

    async def exists(self, key: str) -> bool: ...

    async def list(self, prefix: str) -> list[str]: ...

    def entries(self) -> AsyncIterator[Entry]: ...

    async def content_type(self, key: str) -> str: ...

    async def delete_prefix(self, prefix: str) -> None: ...


def checked(key: str) -> str:
    """Return the key if it is well formed."""
    if len(key) > 512 or not KEY.fullmatch(key):
        raise BadKey(repr(key))
    return key


class DirectoryStore:
    """Objects as files below `root`, each synced to disk before its name appears, and its name before the put returns.

    What is in the top folders `private` can be read by this process's user alone. Without `synced` the caller has the whole disk
    synced when it has put everything.
    """

    def __init__(self, root: Path, private: Collection[str] = (), *, synced: bool = True) -> None:
        self.root = root
        self._private = private
        self._synced = synced
        for name in private:
            if (root / name).is_dir():
                (root / name).chmod(0o700)

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    def _place(self, key: str, write: Callable[[Path], Any]) -> None:
        path = self._path(key)
        private = key.partition("/")[0] in self._private
        _make_folder(self.root)
        _make_folder(path.parent, 0o700 if private else 0o777)
        temporary = path.with_name(f".{path.name}.{new_id().hex}")
        try:
            temporary.touch(mode=0o600 if private else 0o666)
            write(temporary)
            if self._synced:
                with temporary.open("rb") as handle:
                    os.fsync(handle.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if self._synced:
            _sync_folder(path.parent)

    async def put_bytes(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        await asyncio.to_thread(self._place, key, lambda path: path.write_bytes(data))

    async def put_file(self, key: str, path: Path, content_type: str = "application/octet-stream") -> None:
        await asyncio.to_thread(self._place, key, lambda target: shutil.copyfile(path, target))

    async def get_bytes(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError:
            raise NoSuchObject(key) from None

    async def download(self, key: str, path: Path) -> None:
        try:
            await asyncio.to_thread(shutil.copyfile, self._path(key), path)
        except FileNotFoundError:
            raise NoSuchObject(key) from None

    async def exists(self, key: str) -> bool:
        return await asyncio.to_thread(self._path(key).is_file)

    async def list(self, prefix: str) -> list[str]:
        return await asyncio.to_thread(lambda: sorted(self._walk(prefix)))

    def _walk(self, prefix: str) -> Iterator[str]:
        base = self._path(prefix.rstrip("/")) if prefix else self.root
        for path in base.rglob("*") if base.is_dir() else ():
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(self.root).as_posix()

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield every object, a folder's at a time."""
        folders = iter(os.walk(self.root))
        while (found := await asyncio.to_thread(next, folders, None)) is not None:
            for entry in await asyncio.to_thread(self._in_folder, Path(found[0]), found[2]):
                yield entry

    def _in_folder(self, folder: Path, names: Iterable[str]) -> Sequence[Entry]:
        found = []
        for name in sorted(names):
            path = folder / name
            if name.startswith("."):
                continue
            with suppress(FileNotFoundError):
                info = path.stat()
                mark = f"{info.st_ino}.{info.st_mtime_ns}"
                found.append(Entry(path.relative_to(self.root).as_posix(), info.st_size, mark))
        return found

    async def content_type(self, key: str) -> str:
        """Say what a put would say by itself: a directory remembers no types."""
        return "application/octet-stream"

    async def delete_prefix(self, prefix: str) -> None:
        path = self._path(prefix.rstrip("/"))

        def remove() -> None:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

        await asyncio.to_thread(remove)


def _make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make a folder and those above it, so that they are still there after a power failure."""
    if folder.is_dir():
        return
    _make_folder(folder.parent, mode)
    folder.mkdir(mode=mode, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Write the names in a folder to disk: syncing a file saves what is in it, not what it is called."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class S3Store:
    """Objects in a bucket, below an optional prefix. Prefixes given to `list` and `delete_prefix` name whole folders."""

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        endpoint: str | None = None,
        region: str | None = None,
        ca: str | None = None,
    ) -> None:
        self.bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        # Threads of its own: a store that hangs must not hold those that everything else in the process shares.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="s3")
        self._where = {"endpoint_url": endpoint, "region_name": region or "us-east-1", "verify": ca}
        self._client = self._made()

    def _made(self, **who: Any) -> Any:
        # boto3 takes a third of a second and much memory to import; only who uses S3 pays for it.
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        config = Config(
            retries={"max_attempts": 3, "mode": "standard"},
            s3={"addressing_style": "path"} if self._where["endpoint_url"] else {},
            connect_timeout=5,
            read_timeout=20,
            tcp_keepalive=True,
            max_pool_connections=2 * THREADS,
            signature_version=UNSIGNED if who.pop("nobody", False) else None,
        )
        given: dict[str, Any] = {**self._where, **who, "config": config}
        return boto3.client("s3", **given)

    def client_of(self, key: str | None = None, secret: str | None = None) -> Any:
        """Return a client of boto3 for the same bucket with another key, or with none, as anybody has: to see what it may do."""
        return self._made(aws_access_key_id=key, aws_secret_access_key=secret) if key else self._made(nobody=True)

    @property
    def client(self) -> Any:
        """The client that all is done with, for what stores do not have in common."""
        return self._client

    @property
    def prefix(self) -> str:
        """What stands before every key in the bucket."""
        return self._prefix

    def _key(self, key: str) -> str:
        return self._prefix + checked(key)

    async def _call(self, call: Callable[[], T]) -> T:
        from boto3.exceptions import RetriesExceededError
        from botocore.exceptions import ClientError, HTTPClientError
        from botocore.exceptions import ConnectionError as NotReached

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
                raise NoSuchObject(str(error)) from None
            # Keys that expired, a bucket that is not there, too many requests: for who asks the store is away as much.
            log.error("object_store_refuses", reason=str(error))
            raise StoreAway from error
        except (
            NotReached,
            HTTPClientError,
            RetriesExceededError,
        ) as error:  # not reached, not believed, or not answered in time
            log.warning("object_store_away", reason=f"{type(error).__name__}: {error}")
            raise StoreAway from error

    async def put_bytes(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        name = self._key(key)
        await self._call(
            lambda: self._client.put_object(Bucket=self.bucket, Key=name, Body=data, ContentType=content_type)
        )

    async def put_file(self, key: str, path: Path, content_type: str = "application/octet-stream") -> None:
        name = self._key(key)
        await self._call(
            lambda: self._client.upload_file(str(path), self.bucket, name, ExtraArgs={"ContentType": content_type})
        )

    async def get_bytes(self, key: str) -> bytes:
        name = self._key(key)
        return await self._call(lambda: self._client.get_object(Bucket=self.bucket, Key=name)["Body"].read())

    async def download(self, key: str, path: Path) -> None:
        name = self._key(key)
        await self._call(lambda: self._client.download_file(self.bucket, name, str(path)))

    async def exists(self, key: str) -> bool:
        name = self._key(key)
        try:
            await self._call(lambda: self._client.head_object(Bucket=self.bucket, Key=name))
        except NoSuchObject:
            return False
        return True

    async def list(self, prefix: str) -> list[str]:
        start = self._key(prefix.rstrip("/")) + "/" if prefix else self._prefix

        def keys() -> list[str]:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=start)
            return sorted(item["Key"][len(self._prefix) :] for page in pages for item in page.get("Contents", []))

        return await self._call(keys)

    async def entries(self) -> AsyncIterator[Entry]:
        """Yield every object, as many at a time as one answer holds."""
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._prefix))
        while (page := await self._call(lambda: next(pages, None))) is not None:
            for item in page.get("Contents", []):
                yield Entry(item["Key"][len(self._prefix) :], item["Size"], item["ETag"].strip('"'))

    async def content_type(self, key: str) -> str:
        """Return the type that an object was put with."""
        name = self._key(key)
        answer = await self._call(lambda: self._client.head_object(Bucket=self.bucket, Key=name))
        return str(answer.get("ContentType", "application/octet-stream"))

    async def delete_prefix(self, prefix: str) -> None:
        keys = [self._prefix + key for key in await self.list(prefix)]
        keys.append(self._key(prefix.rstrip("/")))

        def remove() -> None:
            for start in range(0, len(keys), 1000):  # what one request may name
                names: Any = [{"Key": key} for key in keys[start : start + 1000]]
                answer = self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": names, "Quiet": True})
                if kept := answer.get("Errors"):
                    raise StoreAway(f"{len(kept)} objects could not be deleted, first {kept[0]}.")

        await self._call(remove)


def open_store(url: str, private: Collection[str] = ()) -> ObjectStore:
    """Open `file:///directory` or `s3://bucket/prefix?endpoint=https://…&region=…&ca=/ca.pem` (credentials as boto3 finds them).

    `ca` names the authorities that the endpoint's certificate may be signed by; the system's where it is left out. `private`
    names top folders of a directory that nobody else on the machine may read; a bucket has its own rules.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        return DirectoryStore(Path(unquote(parts.path)), private)
    if parts.scheme == "s3" and parts.netloc:
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return S3Store(parts.netloc, parts.path, query.get("endpoint"), query.get("region"), query.get("ca"))
    raise ValueError(f"object store: {url!r} is neither file:///… nor s3://…")
