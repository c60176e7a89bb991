"""A folder of backups: what each holds, with a checksum of everything, and the objects that all of them share.

    FOLDER/objects/ab/abcd…     every object there was, once, named by its SHA-256
    FOLDER/<id>/manifest.json   what a backup holds; `manifest.sha256` beside it
    FOLDER/<id>/databases/      a dump for each database
    FOLDER/<id>/objects.jsonl   every object: its key, its size, its checksum
    FOLDER/<id>/base/           the server's files, where it was asked for recovery to any second
    FOLDER/<id>/secrets/        only where it was asked for
    FOLDER/wal/                 the server's log since the oldest of those, written by the server itself

A backup is written under a name with a dot before it, and gets its own in one step when all of it is on the disk.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PIECE = 1 << 20
MANIFEST, SEAL, OBJECTS = "manifest.json", "manifest.sha256", "objects.jsonl"
SHA = "[0-9a-f]{64}"


class NoBackup(Exception):
    """There is no such backup in this folder."""


class BackupDamaged(Exception):
    """A backup is not what was written. Nothing was touched. Take an older one: `bijou backups` names them."""


class AnotherBackup(Exception):
    """Another backup is being written into this folder, or one is being put back from it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Part):
    """A file of a backup: its path below the backup's folder, its bytes, its checksum."""

    path: str = Field(pattern=r"^[a-z0-9_-]+([./][a-z0-9_-]+)*$")
    size: int = Field(ge=0)
    sha256: str = Field(pattern=f"^{SHA}$")


class Sum(_Part):
    """What a table held: how many rows, and two sums over a hash of each, in which their order does not matter."""

    rows: int
    sums: tuple[str, str]


class Dump(_Part):
    """A database: its dump, the migrations it had, and what each of its tables held."""

    file: File
    revisions: list[str]
    tables: dict[str, Sum]


class Objects(_Part):
    """The list of objects, how many there are and how many bytes; `gone`: listed, and deleted before they were copied."""

    file: File
    count: int
    size: int
    gone: int


class Base(_Part):
    """The server's files: their own manifest, the first piece of the log that they need, and from when on they will do."""

    file: File
    first: str = Field(pattern="^[0-9A-F]{24}$")
    ended: datetime


class Manifest(_Part):
    """What a backup holds. `apart`: seconds between the first database's snapshot and the last one's; 0: one instant."""

    format: Literal[1] = 1
    id: str
    taken: datetime
    apart: float
    postgres: str
    databases: dict[str, Dump]
    objects: Objects
    secrets: list[File]
    base: Base | None = None


class Stored(_Part):
    """An object: its key, bytes, checksum and type, and the mark by which the store says that it is still the same."""

    key: str
    size: int
    sha256: str = Field(pattern=f"^{SHA}$")
    type: str
    mark: str


def name_of(taken: datetime) -> str:
    """Return the id of a backup: when it was taken, in UTC, so that ids sort by age."""
    return f"{taken:%Y%m%dT%H%M%S}Z"


class Archive:
    """The folder. Ids are in order of age."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder, which is made. Raises AnotherBackup."""
        objects = self.root / "objects"
        objects.mkdir(parents=True, exist_ok=True)
        # Nobody else looks in; but the server's own user passes through to where its log is.
        self.root.chmod(0o711)
        objects.chmod(0o700)
        with (self.root / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise AnotherBackup(AnotherBackup.__doc__) from None
            yield

    def ids(self) -> list[str]:
        """Return the complete backups, the oldest first."""
        return sorted(path.parent.name for path in self.root.glob(f"[0-9]*/{MANIFEST}"))

    def newest(self) -> str:
        """Return the newest complete backup. Raises NoBackup."""
        ids = self.ids()
        if not ids:
            raise NoBackup(f"There is no complete backup in {self.root}.")
        return ids[-1]

    def folder(self, backup: str) -> Path:
        """Return where a complete backup is. Raises NoBackup."""
        if backup not in self.ids():
            raise NoBackup(f"There is no backup {backup} in {self.root}. There are: {', '.join(self.ids()) or 'none'}.")
        return self.root / backup

    def begin(self, backup: str) -> Path:
        """Return an empty folder to write a backup into. What earlier ones left unfinished is removed."""
        for path in self.root.glob(".*.new"):
            shutil.rmtree(path)
        for path in self.root.glob("objects/*/.*"):
            path.unlink()
        if (self.root / backup).exists():
            raise AnotherBackup(f"{self.root / backup} was taken in this second. Try again.")
        place = self.root / f".{backup}.new"
        place.mkdir(mode=0o700, parents=True)
        return place

    def finish(self, place: Path, manifest: Manifest) -> None:
        """Write the manifest, wait until everything is on the disk, and give the backup its name."""
        text = manifest.model_dump_json(indent=1).encode()
        (place / MANIFEST).write_bytes(text)
        (place / SEAL).write_text(_seal(text))
        os.sync()
        place.rename(self.root / manifest.id)
        os.sync()

    def manifest(self, backup: str) -> Manifest:
        """Return what a backup says it holds. Raises NoBackup, BackupDamaged."""
        place = self.folder(backup)
        try:
            text = (place / MANIFEST).read_bytes()
            if (place / SEAL).read_text() != _seal(text):
                raise BackupDamaged(f"{place / MANIFEST} is not what was written.")
            found = Manifest.model_validate_json(text)
        except (OSError, ValidationError) as error:
            raise BackupDamaged(f"{place / MANIFEST} cannot be used: {error}") from error
        if found.id != backup:
            raise BackupDamaged(f"{place} holds the backup {found.id}.")
        return found

    def file(self, backup: str, file: File) -> Path:
        """Return where a file of a backup is."""
        return self.folder(backup) / file.path

    def blob(self, sha256: str) -> Path:
        """Return where an object's bytes are, by their checksum."""
        return self.root / "objects" / sha256[:2] / sha256

    def objects(self, backup: str) -> Iterator[Stored]:
        """Yield the objects of a backup. Raises BackupDamaged."""
        with self.file(backup, self.manifest(backup).objects.file).open("rb") as lines:
            for line in lines:
                try:
                    yield Stored.model_validate_json(line)
                except ValidationError as error:
                    raise BackupDamaged(f"the list of objects of {backup} cannot be read: {error}") from error

    def check(self, backup: str) -> Manifest:
        """Read all of a backup and return its manifest. Raises BackupDamaged for the first file that is not what was written."""
        found = self.manifest(backup)
        bases = [found.base.file] if found.base else []
        for file in (*(dump.file for dump in found.databases.values()), found.objects.file, *found.secrets, *bases):
            _compare(self.file(backup, file), file.size, file.sha256)
        seen: set[str] = set()
        for stored in self.objects(backup):
            if stored.sha256 not in seen:
                _compare(self.blob(stored.sha256), stored.size, stored.sha256)
                seen.add(stored.sha256)
        return found

    def keep(self, number: int) -> list[str]:
        """Delete all backups but the newest `number`, and the objects that none of those has; return what went."""
        gone = self.ids()[:-number]
        for backup in gone:
            # Without its manifest it is no backup any more, however far the rest gets.
            (self.root / backup / MANIFEST).unlink()
            shutil.rmtree(self.root / backup)
        if gone:
            wanted = {stored.sha256 for backup in self.ids() for stored in self.objects(backup)}
            for path in self.root.glob("objects/*/*"):
                if path.name not in wanted:
                    path.unlink()
            self._forget_log()
        return gone

    def _forget_log(self) -> None:
        """Delete the log from before the oldest server's files that are kept."""
        firsts = [found.base.first for found in map(self.manifest, self.ids()) if found.base]
        for path in self.log.glob("[0-9A-F]*"):
            # Without its timeline, in which all of them count on.
            if firsts and len(path.name) >= 24 and path.name[8:24] < min(firsts)[8:]:
                path.unlink()

    @property
    def log(self) -> Path:
        """Where the server copies its log to."""
        return self.root / "wal"


def _seal(text: bytes) -> str:
    """What `sha256sum --check` reads."""
    return f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n"


def sealed(path: Path, place: Path) -> File:
    """Return a file that has been written below a backup's folder, with its checksum."""
    return File(path=path.relative_to(place).as_posix(), size=path.stat().st_size, sha256=digest(path))


def digest(path: Path) -> str:
    """Return a file's SHA-256, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compare(path: Path, size: int, sha256: str) -> None:
    try:
        found = path.stat().st_size
        if found != size:
            raise BackupDamaged(f"{path} has {found} bytes where {size} were written.")
        if digest(path) != sha256:
            raise BackupDamaged(f"{path} is not what was written.")
    except OSError as error:
        raise BackupDamaged(f"{path} cannot be read: {error.strerror}.") from error


def lines(items: Iterable[Stored]) -> Iterator[bytes]:
    """Yield objects as lines of JSON."""
    for item in items:
        yield item.model_dump_json().encode() + b"\n"
