"""Makes the films of the catalogue, each by a program of its own, and keeps them under names that tell what they were made from.

They outlive the platform's data, so that nothing is painted twice; what no film of the catalogue is called any more is dropped.

`python -m demo.filming KEY FILE` makes one alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from demo.catalogue import film, titles
from demo.cinema.reel import Filming, FilmingFailed
from demo.cinema.script import reel

# Of the data directory.
FOLDER = "films"
_ROOT = Path(__file__).resolve().parents[1]
_HERE = Path(__file__).resolve().parent


@cache
def _makers() -> bytes:
    """A digest of everything but the script that a film is made from."""
    digest = hashlib.sha256()
    for folder in ("artwork", "cinema"):
        for file in sorted((_HERE / folder).rglob("*.py")):
            digest.update(file.read_bytes())
    digest.update((_HERE / "catalogue.toml").read_bytes())
    digest.update((_HERE / "scripts" / "intro.toml").read_bytes())
    return digest.digest()


def path(folder: Path, key: str) -> Path:
    """Where a film lies once it is made; another name after its script or what films it has changed."""
    script = (_HERE / "scripts" / f"{key}.toml").read_bytes()
    return folder / f"{key}-{hashlib.sha256(_makers() + script).hexdigest()[:12]}.mp4"


def make(key: str, file: Path) -> None:
    """Films `key` as `file`, unless it is there; drops what earlier versions of films, or killed programs, left.

    Waits for whoever is filming into the same folder. Raises `FilmingFailed`.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with _alone(file.parent):
        if not file.exists():
            _tidy(file.parent)
            _run(key, file)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder for one program, until it is done or has died."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _tidy(films: Path) -> None:
    for folder in films.glob(".film-*"):
        if not Path("/proc", folder.name.split("-")[1]).exists():
            shutil.rmtree(folder, ignore_errors=True)
    current = {path(films, film.key) for title in titles() for film in title.films()}
    for old in set(films.glob("*.mp4")) - current:
        old.unlink(missing_ok=True)


def _run(key: str, file: Path) -> None:
    line = [sys.executable, "-m", "demo.filming", key, str(file.resolve())]
    child = subprocess.Popen(
        line, cwd=_ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        _, said = child.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    if child.returncode:
        raise FilmingFailed(f"{key} could not be filmed: {said.strip()[-800:]}")


def first() -> None:
    """Films the catalogue's first film into the data directory that the environment names, before there is a platform."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    folder = Path(os.environ["BIJOU_DATA"]) / FOLDER
    opener = next(titles()[0].films()).key
    make(opener, path(folder, opener))


def main(key: str, file: Path) -> None:
    """Films `key` as `file`, in this program."""
    wanted = film(key)
    Filming(reel(key), wanted.name, wanted.directors, wanted.cast).make(file)


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(5)
    main(sys.argv[1], Path(sys.argv[2]))
