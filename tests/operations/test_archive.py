"""A folder of backups: only what is complete counts, damage is seen before anything is done, and nothing is kept twice."""

import asyncio
import hashlib
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.operations.archive import (
    OBJECTS,
    AnotherBackup,
    Archive,
    BackupDamaged,
    Dump,
    Manifest,
    NoBackup,
    Sum,
    name_of,
    sealed,
)
from deploy.operations.objects import Copying, put_back
from libs.chassis.object_store import DirectoryStore

FIRST, SECOND = (datetime(2026, 11, 27, 20, minute, tzinfo=UTC) for minute in (0, 1))

PARTS = ["manifest.json", "manifest.sha256", "objects.jsonl", "databases/catalog.dump", "secrets/secrets.json"]


def backed_up(archive: Archive, store: DirectoryStore, taken: datetime = FIRST) -> Copying:
    """Write a backup of the store and of one made-up database."""
    place = archive.begin(name_of(taken))
    copying = Copying(archive)
    asyncio.run(copying.round(store))
    (place / "databases").mkdir()
    dump = place / "databases" / "catalog.dump"
    dump.write_bytes(b"a dump " * 1000)
    (place / "secrets").mkdir()
    secret = place / "secrets" / "secrets.json"
    secret.write_text('{"grant": "a long random text"}')
    archive.finish(
        place,
        Manifest(
            id=name_of(taken),
            taken=taken,
            apart=0,
            postgres="18.1",
            databases={
                "catalog": Dump(file=sealed(dump, place), revisions=["a"], tables={"t": Sum(rows=1, sums=("1", "2"))})
            },
            objects=copying.write(place / OBJECTS, place),
            secrets=[sealed(secret, place)],
        ),
    )
    return copying


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    found = DirectoryStore(tmp_path / "store", ("masters",))
    for key in ("media/film/v360/1.m4s", "media/film/v360/2.m4s", "masters/parts/0"):
        asyncio.run(found.put_bytes(key, key.encode() * 100))
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "backups")


def test_what_was_copied_is_put_back_byte_for_byte_and_as_private(
    archive: Archive, store: DirectoryStore, tmp_path: Path
) -> None:
    backed_up(archive, store)
    fresh = DirectoryStore(tmp_path / "fresh", ("masters",))

    assert archive.check(archive.newest()).objects.count == 3
    assert asyncio.run(put_back(fresh, archive, archive.objects(archive.newest()))) == 3

    found = {path.relative_to(fresh.root): path.read_bytes() for path in fresh.root.rglob("*") if path.is_file()}
    assert found == {
        path.relative_to(store.root): path.read_bytes() for path in store.root.rglob("*") if path.is_file()
    }
    assert (fresh.root / "masters").stat().st_mode & 0o777 == 0o700


def test_what_has_not_changed_is_not_read_again(archive: Archive, store: DirectoryStore) -> None:
    assert backed_up(archive, store).copied == 3
    asyncio.run(store.put_bytes("media/film/v360/2.m4s", b"another take"))
    assert backed_up(archive, store, SECOND).copied == 1
    assert [item.size for item in archive.objects(name_of(SECOND)) if item.key.endswith("2.m4s")] == [12]
    archive.check(name_of(FIRST))


def test_a_lost_blob_is_copied_again(archive: Archive, store: DirectoryStore) -> None:
    backed_up(archive, store)
    next(archive.root.glob("objects/??/*")).unlink()
    assert backed_up(archive, store, SECOND).copied == 1
    archive.check(name_of(SECOND))


@pytest.mark.parametrize("part", PARTS[:3])
def test_a_damaged_backup_does_not_keep_the_next_from_being_taken(
    archive: Archive, store: DirectoryStore, part: str
) -> None:
    backed_up(archive, store)
    path = archive.root / archive.newest() / part
    path.write_bytes(path.read_bytes()[:-30])
    assert backed_up(archive, store, SECOND).copied == 3
    archive.check(name_of(SECOND))


def test_the_same_bytes_are_kept_once(archive: Archive, store: DirectoryStore) -> None:
    asyncio.run(store.put_bytes("images/copy", b"media/film/v360/1.m4s" * 100))
    backed_up(archive, store)
    assert len(list(archive.root.glob("objects/??/*"))) == 3


def test_what_is_deleted_between_the_rounds_is_kept_and_what_is_put_is_found(
    archive: Archive, store: DirectoryStore
) -> None:
    copying = Copying(archive)
    asyncio.run(copying.round(store))
    asyncio.run(store.delete_prefix("media/film/v360/1.m4s"))
    asyncio.run(store.put_bytes("media/film/v360/3.m4s", b"new"))
    asyncio.run(copying.round(store))
    place = archive.begin("20261127T200000Z")
    found = copying.write(place / OBJECTS, place)
    assert (found.count, found.gone) == (4, 0)


@pytest.mark.parametrize("how", ["flipped", "cut", "longer", "gone"])
@pytest.mark.parametrize("part", [*PARTS, "an object"])
def test_damage_anywhere_is_refused(archive: Archive, store: DirectoryStore, part: str, how: str) -> None:
    backed_up(archive, store)
    place = archive.root / archive.newest()
    path = next(archive.root.glob("objects/??/*")) if part == "an object" else place / part
    held = path.read_bytes()
    match how:
        case "flipped":
            path.write_bytes(held[:20] + bytes([held[20] ^ 1]) + held[21:])
        case "cut":
            path.write_bytes(held[:-30])
        case "longer":
            path.write_bytes(b" " + held)
        case _:
            path.unlink()
    with pytest.raises((BackupDamaged, NoBackup)):
        archive.check(name_of(FIRST))


def test_a_path_that_leads_elsewhere_is_refused(archive: Archive, store: DirectoryStore) -> None:
    backed_up(archive, store)
    place = archive.root / archive.newest()
    text = (place / "manifest.json").read_text().replace("databases/catalog.dump", "databases/../../../etc/passwd")
    (place / "manifest.json").write_text(text)
    (place / "manifest.sha256").write_text(f"{hashlib.sha256(text.encode()).hexdigest()}  manifest.json\n")
    with pytest.raises(BackupDamaged, match="cannot be used"):
        archive.check(archive.newest())


def test_one_that_was_interrupted_is_none_and_is_cleared_away(archive: Archive, store: DirectoryStore) -> None:
    place = archive.begin(name_of(FIRST))
    (place / "manifest.json").write_text("{")
    assert archive.ids() == []
    with pytest.raises(NoBackup):
        archive.newest()
    backed_up(archive, store, SECOND)
    assert archive.ids() == [name_of(SECOND)]
    assert not place.exists()


def test_the_oldest_go_with_what_only_they_have(archive: Archive, store: DirectoryStore) -> None:
    backed_up(archive, store)
    asyncio.run(store.delete_prefix("media"))
    asyncio.run(store.put_bytes("media/other", b"other"))
    backed_up(archive, store, SECOND)
    assert len(list(archive.root.glob("objects/??/*"))) == 4

    assert archive.keep(1) == [name_of(FIRST)]
    archive.check(name_of(SECOND))
    assert len(list(archive.root.glob("objects/??/*"))) == 2


def test_two_at_once_do_not_share_a_folder(archive: Archive) -> None:
    hold = "import sys; from pathlib import Path; from deploy.operations.archive import Archive\n"
    hold += "with Archive(Path(sys.argv[1])).alone(): print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(archive.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AnotherBackup), archive.alone():
            pass
        other.kill()
    with archive.alone():
        pass
