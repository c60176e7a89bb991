"""Paints pictures into a folder, as a program of its own so that two can be painted at once and a kill leaves none."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from demo import artwork

_ROOT = Path(__file__).resolve().parents[1]


def paint(folder: Path, wanted: list[str]) -> None:
    """Paints what is not there yet. Names are `poster:<scene>`, `backdrop:<scene>` and `still:<scene>:<subject>`."""
    for name in wanted:
        target = path(folder, name)
        if target.exists():
            continue
        kind, scene, *subject = name.split(":")
        data = {"poster": artwork.poster, "backdrop": artwork.backdrop, "still": artwork.still}[kind](scene, *subject)  # type: ignore[operator]
        folder.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(data)
        part.replace(target)


def path(folder: Path, name: str) -> Path:
    """Where a picture lies."""
    return folder / (name.replace(":", "-") + ".jpg")


def start(folder: Path, wanted: list[str], nice: int = 5) -> subprocess.Popen[bytes]:
    """Begins painting in another process, which lets others go first the more, the higher `nice` is."""
    line = [sys.executable, "-m", "demo.paint", str(nice), str(folder.resolve()), *wanted]
    return subprocess.Popen(line, cwd=_ROOT, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.nice(int(sys.argv[1]))
    paint(Path(sys.argv[2]), sys.argv[3:])
