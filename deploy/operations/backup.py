"""Takes a backup of a whole platform while it runs: objects, all databases at one instant, objects again.

What a database names was put before its row was committed, so the second round finds it; what is deleted meanwhile the first
round has, or the list says that it is gone. Objects that no row names any more are the price, and are cleared away as always.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from deploy.operations import databases
from deploy.operations.archive import OBJECTS, Archive, Base, Dump, File, Manifest, name_of, sealed
from deploy.operations.objects import Copying
from deploy.operations.places import Platform, admin_url

# pg_dump takes a core, and a database server that is in use needs one too.
DUMPS_AT_ONCE = 2
SECRETS = "secrets"


class NothingSecretHere(Exception):
    """The secrets of this platform are not in files of ours: whoever keeps them (a vault, a cluster) has to copy them."""


class NotOurServer(Exception):
    """The database server is not this platform's: whoever runs it copies its files. CloudNativePG does, to any second."""


class NoLog(Exception):
    """PostgreSQL does not keep its log in a folder, so its files alone go nowhere. Start the platform with `--backups FOLDER`."""


def take(
    platform: Platform, archive: Archive, *, secrets: bool, files: bool = False, say: Callable[[str], None]
) -> Manifest:
    """Copy everything into the archive and return what was copied. Where a part of it fails there is no new backup."""
    with archive.alone():
        begun = datetime.now(UTC)
        place = archive.begin(name_of(begun))
        copying = Copying(archive)
        say("copying objects")
        asyncio.run(copying.round(platform.store()))
        say("copying databases")
        dumps, apart, server, taken = _dump_all(platform, place)
        base = _files(platform, place, say) if files else None
        say("copying objects that came meanwhile")
        asyncio.run(copying.round(platform.store()))
        manifest = Manifest(
            id=name_of(begun),
            taken=taken,
            apart=apart,
            postgres=server,
            databases=dumps,
            objects=copying.write(place / OBJECTS, place),
            secrets=_secrets(platform, place) if secrets else [],
            base=base,
        )
        archive.finish(place, manifest)
        return manifest


def _dump_all(platform: Platform, place: Path) -> tuple[dict[str, Dump], float, str, datetime]:
    folder = place / "databases"
    folder.mkdir()
    with databases.held(platform.databases()) as (held, apart), ThreadPoolExecutor(DUMPS_AT_ONCE) as threads:

        def copied(database: databases.Held) -> Dump:
            to = folder / f"{database.name}.dump"
            tables, revisions = database.sums(), database.revisions()
            databases.dump(database, to)
            return Dump(file=sealed(to, place), revisions=revisions, tables=tables)

        dumps = dict(zip((each.name for each in held), threads.map(copied, held), strict=True))
        return dumps, apart, held[0].server(), max(each.at for each in held)


def _files(platform: Platform, place: Path, say: Callable[[str], None]) -> Base:
    """Copy the server's own files: with its log they go to any second after this."""
    if platform.data is None:
        raise NotOurServer(NotOurServer.__doc__)
    url = admin_url(platform.data)
    if not databases.keeps_its_log(url):
        raise NoLog(NoLog.__doc__)
    say("copying the server's files")
    first, ended = databases.copy_files(url, place / "base")
    return Base(file=sealed(place / "base" / "backup_manifest", place), first=first, ended=ended)


def _secrets(platform: Platform, place: Path) -> list[File]:
    """Copy the files that cannot be made again: passwords, keys of tokens and grants. Who has them has the platform."""
    if platform.data is None:
        raise NothingSecretHere(NothingSecretHere.__doc__)
    folder = place / SECRETS
    folder.mkdir(mode=0o700)
    found = []
    for path in (platform.data.root / "secrets.json", *platform.data.private_keys()):
        to = folder / path.name
        shutil.copyfile(path, to)
        to.chmod(0o600)
        found.append(sealed(to, place))
    return found
