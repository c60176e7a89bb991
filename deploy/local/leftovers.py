"""Finds and ends what an earlier launcher left running when it was killed (where the kernel did not do it for us)."""

import json
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

_FILE = "pids.json"


def remember(run_dir: Path, pids: Iterable[int]) -> None:
    """Write down which processes are ours, with their start times: a pid alone may be someone else's by then."""
    known = {}
    for pid in pids:
        with suppress(psutil.Error):
            known[str(pid)] = psutil.Process(pid).create_time()
    path = run_dir / _FILE
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"numbering": _numbering(), "pids": known}))
    fresh.replace(path)


def forget(run_dir: Path) -> None:
    (run_dir / _FILE).unlink(missing_ok=True)


def end(run_dir: Path, patience: float = 10.0) -> list[str]:
    """End the processes that were written down and still run, and all of their sessions; their names.

    Databases get a moment to stop in order; what stays is killed.
    """
    known = _remembered(run_dir)
    sessions = {int(pid) for pid, born in known.items() if _is_same(int(pid), born)}
    # Sessions whose leader has gone: their id cannot have been given to another process while a member lives.
    sessions |= {int(pid) for pid in known if not psutil.pid_exists(int(pid))}
    found = [process for process in psutil.process_iter() if _session(process) in sessions and _alive(process)]
    names = [_name(process) for process in found]
    for process in found:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGINT if process.pid in sessions else signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(map(_alive, found)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in filter(_alive, found):
        with suppress(psutil.Error):
            process.kill()
    forget(run_dir)
    return names


def _remembered(run_dir: Path) -> dict[str, float]:
    """The pids that were written down, if they still count for anything."""
    try:
        found = json.loads((run_dir / _FILE).read_text())
        # After a restart of the machine, or in another container, the same numbers are other people's processes.
        pids: dict[str, float] = found["pids"] if found["numbering"] == _numbering() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return pids


def _numbering() -> str:
    """Which run of the kernel, and which of its namespaces, a pid is a number of."""
    try:
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{psutil.boot_time():.0f}"


def _alive(process: psutil.Process) -> bool:
    """Not so for a zombie: nothing is left of it but its number."""
    try:
        return process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _is_same(pid: int, born: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - born) < 1.0
    except psutil.Error:
        return False


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except OSError:
        return -1


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return str(process.pid)
