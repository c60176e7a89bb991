"""Profiling of a process that runs, and what stands in the way."""

import ctypes
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import profiling
from deploy.local.data import ROOT, Data, write_private

# prctl(2)
SET_DUMPABLE, DROP_FROM_BOUNDING_SET, MAY_TRACE = 4, 24, 19

BUSY = f"""\
import ctypes
ctypes.CDLL(None).prctl({SET_DUMPABLE}, DUMPABLE)
def count_for_ever():
    while True:
        sum(range(1000))
print("counting", flush=True)
count_for_ever()
"""


@pytest.fixture
def data(tmp_path: Path) -> Data:
    return Data(tmp_path / "data")


@pytest.fixture
def busy(data: Data, request: pytest.FixtureRequest) -> Iterator[int]:
    """A busy process in the place of playback, on a platform of which this test is the launcher."""
    script = BUSY.replace("DUMPABLE", str(getattr(request, "param", 1)))
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    data.make()
    parts = [{"name": "playback", "pid": process.pid}, {"name": "catalog", "pid": None}]
    write_private(data.state, json.dumps({"launcher": os.getpid(), "parts": parts, "written": time.time()}))
    with process.stdout, data.lock():
        yield process.pid
        process.kill()
        process.wait()


def profile(
    data: Data, *arguments: str, before: Callable[[], None] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", "profile", *arguments],
        cwd=ROOT, env={**os.environ, "BIJOU_DATA": str(data.root)}, preexec_fn=before,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_functions_that_took_the_time(data: Data, busy: int) -> None:
    answer = profile(data, "playback", "1")
    assert answer.returncode == 0, answer.stderr
    (path,) = data.profiles.iterdir()
    assert path.name in answer.stdout
    assert "Busy for " in answer.stdout
    frames = json.loads(path.read_text())["shared"]["frames"]
    assert "count_for_ever" in {frame["name"] for frame in frames}
    (row,) = [line.split() for line in answer.stdout.splitlines() if "count_for_ever" in line]
    assert float(row[0].rstrip("%")) > 50
    (caller,) = [line.split() for line in answer.stdout.splitlines() if "<module>" in line]
    assert float(caller[0].rstrip("%")) < float(caller[1].rstrip("%"))


def test_a_thread_that_waits_is_not_busy(tmp_path: Path) -> None:
    frames = [
        {"name": "WorkerThread.run", "file": "/python/anyio/_asyncio.py"},
        {"name": "Condition.wait", "file": "/python/lib/threading.py"},
        {"name": "Queue.wait", "file": "services/ours.py"},
    ]
    path = tmp_path / "speedscope.json"

    def profile_of(*samples: list[int]) -> tuple[float, list[profiling.Function]]:
        thread = {"samples": samples, "weights": [0.5] * len(samples)}
        path.write_text(json.dumps({"shared": {"frames": frames}, "profiles": [thread]}))
        return profiling.read(path)

    assert profile_of([0, 1], [0, 1]) == (0.0, [])
    # A thread that is met before it runs anything has no frames.
    busy, found = profile_of([], [0, 1], [0, 2])
    assert (busy, found[0].name, found[0].own) == (0.5, "Queue.wait", 1.0)


def may_not_trace() -> None:
    ctypes.CDLL(None).prctl(DROP_FROM_BOUNDING_SET, MAY_TRACE, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="permissions of this kind are Linux's")
@pytest.mark.parametrize("busy", [0], indirect=True)
def test_a_kernel_that_forbids_it(data: Data, busy: int) -> None:
    answer = profile(data, "playback", "1", before=may_not_trace)
    assert answer.returncode == 1
    assert "kernel.yama.ptrace_scope" in answer.stdout
    assert "backtrace" not in answer.stdout + answer.stderr


def test_what_cannot_be_profiled(data: Data, busy: int) -> None:
    for service, said in (
        ("palyback", "There is no service palyback. There are: "),
        ("catalog", "catalog does not run"),
    ):
        answer = profile(data, service)
        assert (answer.returncode, answer.stdout[: len(said)]) == (1, said)


def test_what_an_earlier_launcher_said_last_is_not_believed(data: Data, busy: int) -> None:
    state = json.loads(data.state.read_text())
    write_private(data.state, json.dumps(state | {"launcher": 1}))
    answer = profile(data, "playback", "1")
    assert (answer.returncode, answer.stdout.strip()) == (1, "The platform is not running. `make up` starts it.")


def test_a_platform_that_does_not_run(data: Data) -> None:
    answer = profile(data, "playback")
    assert (answer.returncode, answer.stdout.strip()) == (1, "The platform is not running. `make up` starts it.")
