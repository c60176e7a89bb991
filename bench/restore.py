"""Backs a demo platform up and puts it back into an empty place; how long that takes, beside copying the same bytes.

`python -m bench.restore [DATA]`. DATA is the data directory of a stopped platform with its demo; it is copied, not touched.
Without it a platform is started and its demo waited for, which takes minutes. All that counts is compared by the restore itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from bench.first_film import PATIENCE
from bench.platform import bijou
from deploy.local.data import Data

TAKEN = ("postgres", "store", "secrets.json", "signing_key.pem", "demo")


def copied(source: Path, data: Path) -> None:
    """Have the data directory of another platform, but for its ports and logs."""
    for name in TAKEN:
        path = source / name
        if path.is_dir():
            shutil.copytree(path, data / name, copy_function=shutil.copy2)
        elif path.exists():
            shutil.copy2(path, data / name)


def filled(data: Path) -> None:
    """Wait until the demo's films are there."""
    deadline = time.monotonic() + PATIENCE
    while not (data / "demo" / "done").exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"the demo did not come within {PATIENCE:.0f} s")
        time.sleep(5)


def timed(what: str, data: Path, *command: str) -> float:
    """Run the command line; return its seconds."""
    began = time.monotonic()
    bijou(data, *command)
    seconds = time.monotonic() - began
    print(f"{what:<34}{seconds:8.1f} s", flush=True)
    return seconds


def bytes_copied(data: Path, to: Path) -> float:
    """Seconds that the same databases and objects take by copying their files, written to the disk."""
    began = time.monotonic()
    for name in ("postgres", "store"):
        shutil.copytree(data / name, to / name)
    os.sync()
    seconds = time.monotonic() - began
    print(f"{'copying the files':<34}{seconds:8.1f} s", flush=True)
    shutil.rmtree(to)
    return seconds


def main(source: Path | None) -> None:
    """Print what a backup, the next one, a restore and a copy take."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        Path(folder).chmod(0o755)
        data, archive, empty = (Path(folder) / name for name in ("data", "backups", "empty"))
        data.mkdir()
        if source:
            copied(source, data)
        try:
            bijou(data, "up", "--detach", *(["--no-demo"] if source else []))
            if not source:
                filled(data)
            size = sum(path.stat().st_size for path in Data(data).store.rglob("*") if path.is_file())
            print(f"{size / 1e6:.0f} MB of objects")
            first = timed("a backup", data, "backup", str(archive), "--secrets")
            again = timed("the next backup", data, "backup", str(archive), "--secrets")
        finally:
            bijou(data, "down")
        restored = timed("a restore, all compared", empty, "restore", str(archive))
        plain = bytes_copied(data, Path(folder) / "copy")
    print(f"RESULT backup_seconds={first:.1f}")
    print(f"RESULT backup_again_vs_first={again / first:.2f}")
    print(f"RESULT restore_seconds={restored:.1f}")
    print(f"RESULT restore_vs_copying_files={restored / plain:.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
