"""A data directory replaced by one that was built beside it, in a way that a crash at any moment leaves the old or the new one.

What is new is built in `restoring/`. It counts from the moment that this folder is called `restored/`: whoever comes next, this
process or the next start, moves it into place, and may be interrupted in that again.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from deploy.local.data import Data

BUILDING, BUILT, OLD = "restoring", "restored", "replaced"


def begin(data: Data) -> Data:
    """Return an empty data directory to build in; what an interrupted one left is removed. The caller holds the lock."""
    finish(data)
    place = data.root / BUILDING
    place.mkdir(parents=True)
    place.chmod(0o755)
    return Data(place)


def commit(data: Data) -> None:
    """Have what was built count, and put it into place."""
    os.sync()
    (data.root / BUILDING).rename(data.root / BUILT)
    os.sync()
    finish(data)


def finish(data: Data) -> bool:
    """Remove what was never finished, put into place what was; return whether something was put into place."""
    _remove(data.root / BUILDING)
    built = data.root / BUILT
    if not built.exists():
        _remove(data.root / OLD)
        return False
    fresh, old = Data(built), data.root / OLD
    old.mkdir(exist_ok=True)
    # First what was made of the old data: an index of other titles, keys of other sign-ins.
    for path in (*data.volumes(), data.valkey, *data.run.glob("*.jwks.json")):
        _aside(path, old)
    for name in [path.name for path in _parts(fresh)]:
        _aside(data.root / name, old)
        (built / name).rename(data.root / name)
    # The demo's titles are what they were when this was copied; a password that may have changed since adds none.
    data.demo.mkdir(exist_ok=True)
    (data.demo / "done").touch()
    os.sync()
    _remove(built)
    _remove(old)
    return True


def _parts(fresh: Data) -> list[Path]:
    """What a data directory is replaced by: those that are still to be moved."""
    parts = (fresh.postgres, fresh.store, fresh.root / "secrets.json", *fresh.private_keys())
    return [path for path in parts if path.exists()]


def _aside(path: Path, old: Path) -> None:
    if path.exists():
        _remove(old / path.name)
        path.rename(old / path.name)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
