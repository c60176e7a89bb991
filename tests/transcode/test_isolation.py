"""What reads uploads sees its job and nothing else: tried by a hostile child, and traced call by call over hostile files."""

from __future__ import annotations

import json
import os
import platform
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pipelines.transcode.media import confine, isolation, syscalls
from pipelines.transcode.media.isolation import Isolation, Limits, NotIsolated, confined
from pipelines.transcode.media.sandbox import GIVING_WAY, ChildFailed, NotStarted, giving_way, run
from tests.transcode import hostile_child
from tests.transcode.hostile_child import CALLS, FILES

REFUSALS = {"Permission denied", "Operation not permitted", "Function not implemented", "Invalid cross-device link"}
PYTHON = os.path.realpath(sys.executable)
HARMLESS = (
    "read passwd", "read another job's master", "list the processes", "speak to the internet", "speak to the machine",
    "signal the parent", "fork", "write beside the source", "truncate the source",
)  # fmt: skip
CHILD = str(Path(hostile_child.__file__))


def job(folder: Path) -> Path:
    """Make a job's directory beside another job's."""
    for name in ("job", "other"):
        (folder / name).mkdir()
        (folder / name / "source.bin").write_bytes(b"a master")
    (folder / "job" / "out").mkdir()
    return folder / "job"


def tried(folder: Path, asked: Isolation, *what: str) -> dict[str, str]:
    """Return what came of each thing that a hostile child tried."""
    command = confined(
        [PYTHON, "-I", "-S", CHILD, str(os.getpid()), *what],
        Limits(),
        reads=[folder, Path(sys.base_prefix), Path(CHILD)],
        writes=[folder / "out"],
        isolation=asked,
    )
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, str] = json.loads(done.stdout)
    return found


# Each half keeps what is its own to keep without the other.
@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (Isolation(), [*CALLS, *FILES]),
        (Isolation(seccomp=False), [*FILES]),
        (Isolation(landlock=False), [*CALLS]),
    ],
    ids=["both", "landlock", "seccomp"],
)
def test_a_hostile_child_reaches_nothing(tmp_path: Path, asked: Isolation, what: list[str]) -> None:
    folder = job(tmp_path)
    found = tried(folder, asked, *what)
    assert found.pop("threads") == "worked"
    assert list(found) == what
    assert {name: why for name, why in found.items() if why not in REFUSALS} == {}
    assert (folder / "source.bin").read_bytes() == b"a master"
    assert {path.name for path in (folder / "out").iterdir()} == {"kept", "below"}
    assert not Path("/tmp/escaped").exists()


def test_the_same_child_reaches_everything_where_nothing_is_asked(tmp_path: Path) -> None:
    """Or the test above would pass for another reason."""
    found = tried(job(tmp_path), Isolation(landlock=False, seccomp=False), *HARMLESS)
    assert {name: found[name] for name in HARMLESS} == dict.fromkeys(HARMLESS, "went through")


async def test_a_child_writes_what_it_was_given_and_nobody_else_reads_it(tmp_path: Path) -> None:
    (tmp_path / "given.bin").write_bytes(b"in")
    made = tmp_path / "made.bin"
    copy = "import sys; open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read())"
    reads = [tmp_path, Path(sys.base_prefix)]
    await run([PYTHON, "-I", "-S", "-c", copy, "given.bin", "made.bin"], cwd=tmp_path, reads=reads, writes=[made])
    assert made.read_bytes() == b"in"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    with pytest.raises(ChildFailed, match="PermissionError"):
        await run([PYTHON, "-I", "-S", "-c", copy, "given.bin", "other.bin"], cwd=tmp_path, reads=reads, writes=[made])


async def test_a_child_gives_way_also_where_processors_are_shared_by_session(tmp_path: Path) -> None:
    grouped = Path("/proc/self/autogroup").exists()
    found: list[tuple[int, str]] = []

    def look(line: str) -> None:
        child = psutil.Process(int(line))
        group = Path(f"/proc/{child.pid}/autogroup").read_text().split()[-1] if grouped else str(child.nice())
        found.append((child.nice(), group))
        child.kill()

    # A child may not call pause().
    wait = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    for gives_way in (False, True):
        with giving_way(gives_way), pytest.raises(ChildFailed):
            await run([PYTHON, "-I", "-S", "-c", wait], cwd=tmp_path, reads=[Path(sys.base_prefix)], on_line=look)
    usual, later = (min(os.nice(0) + nice, 19) for nice in (Limits().nice, Limits().nice + GIVING_WAY))
    assert found == [(usual, str(usual)), (later, str(later))]


# A kernel without Landlock, and one that takes no filter, made by a filter of our own.
NO_LANDLOCK = [
    (syscalls.IF_EQUAL, 0, 1, confine.CREATE_RULESET), (syscalls.RETURN, 0, 0, syscalls.ERROR | syscalls.ENOSYS),
]  # fmt: skip
NO_SECCOMP = [
    (syscalls.IF_EQUAL, 0, 3, syscalls.PRCTL[syscalls.ARCHITECTURES[platform.machine()][0]]),
    (syscalls.LOAD, 0, 0, syscalls.ARGUMENTS), (syscalls.IF_EQUAL, 0, 1, confine.PR_SET_SECCOMP),
    (syscalls.RETURN, 0, 0, syscalls.ERROR | 22),
]  # fmt: skip
LACKING = """
import os, sys
from pipelines.transcode.media import confine
confine.give_up_rights(os.getppid())
confine.call_only(bytes.fromhex(sys.argv[1]))
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""
SETTLE = "from pipelines.transcode.media import isolation; isolation.settle(accept_less=False)"


def started(
    lacking: list[syscalls.Instruction], folder: Path, *arguments: str, **environment: str
) -> subprocess.Popen[str]:
    """Start Python on a kernel that lacks something."""
    code = [(syscalls.LOAD, 0, 0, syscalls.NUMBER), *lacking, (syscalls.RETURN, 0, 0, syscalls.ALLOW)]
    return subprocess.Popen(
        [sys.executable, "-c", LACKING, syscalls.packed(code).hex(), *arguments],
        env={
            **os.environ,
            "BIJOU_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
            "BIJOU_OBJECT_STORE_URL": folder.as_uri(),
            "BIJOU_WORK_DIR": str(folder),
            **environment,
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_worker_that_cannot_isolate_refuses_to_start(tmp_path: Path) -> None:
    with started(NO_LANDLOCK, tmp_path, "-m", "pipelines.transcode.worker") as worker:
        assert worker.stderr is not None
        assert worker.wait(60) == 1
        (line,) = map(json.loads, worker.stderr)
    assert line["event"] == "worker_refused"
    assert "no rule over files (Landlock: Function not implemented)" in line["reason"]
    assert "BIJOU_ISOLATION=available" in line["reason"]


def test_so_does_one_without_a_filter_of_calls(tmp_path: Path) -> None:
    with started(NO_SECCOMP, tmp_path, "-c", SETTLE) as process:
        assert process.stderr is not None
        assert "no filter of system calls (seccomp: Invalid argument)" in process.stderr.read()
    assert process.returncode == 1


def test_a_worker_may_be_told_to_do_with_less(tmp_path: Path) -> None:
    with started(NO_LANDLOCK, tmp_path, "-m", "pipelines.transcode.worker", BIJOU_ISOLATION="available") as worker:
        assert worker.stderr is not None
        line = json.loads(worker.stderr.readline())
        worker.kill()
    assert (line["event"], line["level"]) == ("isolation_missing", "warning")
    assert "no rule over files" in line["what"]


def test_a_child_without_what_was_asked_for_does_not_run(tmp_path: Path) -> None:
    """Though the worker's start proved it: what is asked for is there or nothing runs."""
    command = confined([PYTHON, "-I", "-S", "-c", "print('ran')"], Limits(), reads=[tmp_path / "gone"])
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode != 0, done.stdout) == (True, "")


def test_processors_nobody_wrote_a_filter_for_are_said_to_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(NotIsolated, match="riscv64"):
        isolation.settle(accept_less=False)


async def test_what_could_not_be_confined_is_no_word_about_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job(tmp_path)
    with pytest.raises(NotStarted, match="could not be confined: FileNotFoundError"):
        await run([PYTHON], cwd=folder, reads=[folder / "gone"])
    monkeypatch.setattr(isolation, "asdict", lambda _: {})
    with pytest.raises(NotStarted, match="could not be confined: KeyError"):
        await run([PYTHON], cwd=folder)
