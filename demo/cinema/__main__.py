"""`python -m demo.cinema KEY FILE`: makes one film of the catalogue, as a program of its own that can be killed."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from demo.catalogue import film
from demo.cinema.reel import Filming
from demo.cinema.script import reel


def main(key: str, file: Path) -> None:
    """Makes the film `key` as `file`."""
    wanted = film(key)
    Filming(reel(key), wanted.name, wanted.directors, wanted.cast).make(file)


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(5)
    main(sys.argv[1], Path(sys.argv[2]))
