"""Puts a backup back: beside what is there on this machine, and then in its place; or into the databases that services are told.

Everything is read and compared with its checksum before anything is touched, and every row is compared after it was put back.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy import topology
from deploy.local import replacing
from deploy.local.data import Data
from deploy.local.nodes.postgres import Postgres, recovering
from deploy.local.ports import free_port
from deploy.operations import databases, objects, topics
from deploy.operations.archive import Archive, Manifest, NoBackup, Stored
from deploy.operations.backup import DUMPS_AT_ONCE
from deploy.operations.places import Platform
from libs.chassis.object_store import DirectoryStore
from pipelines.transcode.service.masters import PRIVATE

# A dump is compressed; what is made of it also has indexes.
GROWS = 6
# How long a server may take to go through its log.
FORWARD_SECONDS = 3600.0


class SomethingThere(Exception):
    """There is a platform with data already. `--replace` deletes it for the backup's; take a backup of it first."""


class StillRunning(Exception):
    """Services still run, and would write between what is put back. Stop them first."""


class NoRoom(Exception):
    """There is too little room on the disk."""


class NotInBackup(Exception):
    """The backup lacks a database that this version of the platform needs."""


@dataclass(frozen=True)
class Restored:
    """What was put back and compared. `secrets`: whether passwords and keys came from the backup too."""

    backup: Manifest
    rows: int
    objects: int
    secrets: bool


Say = Callable[[str], None]


def here(data: Data, archive: Archive, backup: str, *, replace: bool, say: Say) -> Restored:
    """Make the platform of this machine what a backup holds. Raises SomethingThere, AlreadyRunning, and what checking raises."""
    data.make()
    with archive.alone(), data.lock():
        replacing.finish(data)
        if not replace and _has_data(data):
            raise SomethingThere(f"{data.root}: {SomethingThere.__doc__}")
        say("reading the whole backup")
        manifest = archive.check(backup)
        _room(data.root, manifest)
        fresh = replacing.begin(data)
        _keep_secrets(data, fresh, archive, manifest)
        done = _build(fresh, archive, manifest, say)
        say("putting it into place")
        replacing.commit(data)
        return done


def tried(archive: Archive, backup: str, *, say: Say) -> Restored:
    """Put a backup back into a folder of its own, compare everything, and remove it again: nothing else is touched."""
    with archive.alone(), tempfile.TemporaryDirectory(prefix="bijou-verify-") as folder:
        say("reading the whole backup")
        manifest = archive.check(backup)
        _room(Path(folder), manifest)
        # A server that runs as another user must reach it.
        Path(folder).chmod(0o755)
        fresh = Data(Path(folder) / "data")
        fresh.root.mkdir()
        _keep_secrets(None, fresh, archive, manifest)
        return _build(fresh, archive, manifest, say)


def elsewhere(platform: Platform, archive: Archive, backup: str, *, replace: bool, say: Say) -> Restored:
    """Fill the databases and the object store that services are told, and have the broker begin anew.

    Each database changes whole or not at all. Interrupted, it is run again: those that are done are found to be, and left.
    """
    with archive.alone():
        say("reading the whole backup")
        manifest = archive.check(backup)
        urls = platform.databases()
        _all_there(manifest, urls)
        for name, url in urls.items():
            if _in_use(url):
                raise StillRunning(f"{name}: {StillRunning.__doc__}")
        wanted = [name for name in urls if not _is_done(name, urls[name], manifest)]
        for name in wanted:
            if not replace and not databases.is_empty(urls[name]):
                raise SomethingThere(f"The database of {name} holds something else. {SomethingThere.__doc__}")
        say("objects")
        count = asyncio.run(objects.put_back(platform.store(), archive, archive.objects(backup)))
        say("databases")
        _each(wanted, lambda name: databases.load(name, urls[name], _dumped(archive, manifest, name), replace=replace))
        rows = _compared(manifest, urls)
        # Before the relays are told: an event of the time that is gone must not be in front of those that come again.
        say("topics")
        asyncio.run(topics.forget(platform.settings("identity")))
        _each(list(urls), lambda name: databases.tell_everything_again(urls[name], backup))
        return Restored(manifest, rows, count, secrets=False)


def to_moment(data: Data, archive: Archive, until: datetime, *, say: Say) -> Restored:
    """Make this machine's databases what they were at a moment, by the newest copy of the server's files before it and its log.

    Objects stay as they are; those of the copy that are missing are put back. Raises NoBackup, DatabaseFailed, NodeFailed,
    AlreadyRunning; then everything is as it was.
    """
    data.make()
    with archive.alone(), data.lock():
        replacing.finish(data)
        manifest, place = _files_before(archive, until)
        say("reading the copy of the server's files")
        databases.check_files(place)
        fresh = replacing.begin(data)
        _keep_secrets(data, fresh, archive, manifest)
        owners = [service.name for service in topology.SERVICES if topology.owns_database(service)]
        secrets = fresh.secrets(owners)
        shutil.copytree(place, fresh.postgres)
        fresh.postgres.chmod(0o700)
        (fresh.postgres / "recovery.signal").touch()
        # What the server had not copied yet when it ended may still be where it wrote it.
        pieces = recovering([archive.log, data.postgres / "pg_wal"], until)
        postgres = Postgres(
            fresh.postgres, free_port(), secrets.named["postgres"], fresh.root / "postgres.log", disposable=True, more=pieces,
            reads=[archive.log, data.postgres],
        )  # fmt: skip
        say(f"going through the log until {until:%Y-%m-%d %H:%M:%S %Z}")
        try:
            postgres.start(FORWARD_SECONDS)
            databases.wait_until_it_takes_writes(postgres.url, FORWARD_SECONDS)
            rows = 0
            for name in owners:
                url = postgres.url_of(name)
                rows += databases.count(url)
                databases.tell_everything_again(url, f"{until:%Y%m%dT%H%M%S}")
        finally:
            postgres.stop(60)
        say("objects")
        store = DirectoryStore(data.store, PRIVATE)
        count = asyncio.run(objects.put_back(store, archive, _missing(data, archive, manifest)))
        say("putting it into place")
        replacing.commit(data)
        return Restored(manifest, rows, count, secrets=bool(manifest.secrets))


def _files_before(archive: Archive, until: datetime) -> tuple[Manifest, Path]:
    for backup in reversed(archive.ids()):
        manifest = archive.manifest(backup)
        if manifest.base and manifest.base.ended <= until:
            return manifest, archive.folder(backup) / "base"
    raise NoBackup(f"No backup in {archive.root} from before {until:%Y-%m-%d %H:%M:%S %Z} has the server's files.")


def _missing(data: Data, archive: Archive, manifest: Manifest) -> Iterator[Stored]:
    return (stored for stored in archive.objects(manifest.id) if not (data.store / stored.key).exists())


def _build(fresh: Data, archive: Archive, manifest: Manifest, say: Say) -> Restored:
    """Make a data directory of a backup, compare it, and leave it at rest."""
    owners = [service.name for service in topology.SERVICES if topology.owns_database(service)]
    _all_there(manifest, dict.fromkeys(owners, ""))
    # Also those of services that there are no more.
    secrets = fresh.secrets(sorted({*owners, *manifest.databases}))
    # Nothing of it counts before all of it is on the disk, which is waited for once, at the end.
    postgres = Postgres(
        fresh.postgres, free_port(), secrets.named["postgres"], fresh.root / "postgres.log", disposable=True
    )
    say("databases")
    try:
        postgres.start()
        postgres.ensure_databases((name, secrets.databases[name]) for name in manifest.databases)
        urls = {name: postgres.url_of(name, name, secrets.databases[name]) for name in manifest.databases}
        _each(list(urls), lambda name: databases.load(name, urls[name], _dumped(archive, manifest, name)))
        say("comparing every row")
        rows = _compared(manifest, urls)
        for url in urls.values():
            databases.tell_everything_again(url, manifest.id)
    finally:
        postgres.stop(60)
    say("objects")
    fresh.store.mkdir()
    store = DirectoryStore(fresh.store, PRIVATE, synced=False)
    count = asyncio.run(objects.put_back(store, archive, archive.objects(manifest.id)))
    return Restored(manifest, rows, count, secrets=bool(manifest.secrets))


def _keep_secrets(data: Data | None, fresh: Data, archive: Archive, manifest: Manifest) -> None:
    """Those of the backup, else those that are here; what neither has is made anew."""
    kept = [archive.file(manifest.id, file) for file in manifest.secrets]
    if not kept and data is not None:
        kept = [path for path in (data.root / "secrets.json", *data.private_keys()) if path.exists()]
    for path in kept:
        to = fresh.root / path.name
        shutil.copyfile(path, to)
        to.chmod(0o600)


def _has_data(data: Data) -> bool:
    return (data.postgres / "PG_VERSION").exists() or any(data.store.iterdir())


def _dumped(archive: Archive, manifest: Manifest, name: str) -> Path:
    return archive.file(manifest.id, manifest.databases[name].file)


def _compared(manifest: Manifest, urls: Mapping[str, str]) -> int:
    return sum(databases.compare(name, url, manifest.databases[name].tables) for name, url in urls.items())


def _all_there(manifest: Manifest, wanted: Mapping[str, str]) -> None:
    if missing := sorted(wanted.keys() - manifest.databases.keys()):
        raise NotInBackup(
            f"The backup {manifest.id} has no database of {', '.join(missing)}: it was taken by another version."
        )


def _is_done(name: str, url: str, manifest: Manifest) -> bool:
    if databases.is_empty(url):
        return False
    try:
        databases.compare(name, url, manifest.databases[name].tables)
    except databases.RowsDiffer:
        return False
    return True


def _in_use(url: str) -> bool:
    with databases.connected(url) as connection:
        asked = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'bijou'"
        )
        (found,) = connection.execute(asked).fetchone() or (0,)
    return bool(found)


def _room(place: Path, manifest: Manifest) -> None:
    needed = manifest.objects.size + GROWS * sum(dump.file.size for dump in manifest.databases.values())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise NoRoom(f"{place} has {free / 1e9:.1f} GB left; about {needed / 1e9:.1f} GB are needed. Make room first.")


def _each(names: list[str], what: Callable[[str], None]) -> None:
    with ThreadPoolExecutor(DUMPS_AT_ONCE) as threads:
        for _ in threads.map(what, names):
            pass
