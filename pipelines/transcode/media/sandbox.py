"""Child processes: argument lists only, isolated, limited, with a deadline, and the whole group killed when it passes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.transcode.media.isolation import Limits, confined

GIGABYTE = 1024**3
# How `confine.py` ends where it could not become the program.
REFUSED = 126
KEPT = 16 * 1024
# How much less of a processor than usual a child takes that gives way: about a third.
GIVING_WAY = 5
_gives_way: ContextVar[bool] = ContextVar("gives_way", default=False)


class ChildFailed(Exception):
    """A child ended badly; `code` is its exit status (negative for a signal), `errors` the end of what it printed."""

    def __init__(self, program: str, code: int, errors: str) -> None:
        self.code = code
        self.errors = errors
        super().__init__(f"{Path(program).name} ended with {code}: {errors[-500:]}")


class NotStarted(Exception):
    """A child ended before it became its program: it says nothing of the film."""


class ChildExceeded(ChildFailed):
    """A child was stopped for passing its time or its output."""


@contextlib.contextmanager
def giving_way(gives_way: bool) -> Iterator[None]:
    """Have the children that are run within, also by tasks begun there, leave the processor to others who want it."""
    token = _gives_way.set(gives_way)
    try:
        yield
    finally:
        _gives_way.reset(token)


@dataclass(frozen=True)
class Output:
    """What a child printed; `errors` only the end of it."""

    text: bytes
    errors: str


async def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    limits: Limits = Limits(),
    reads: Sequence[Path] = (),
    writes: Sequence[Path] = (),
    on_line: Callable[[str], None] | None = None,
) -> Output:
    """Run a program in `cwd` and return what it printed; standard output goes to `on_line` instead when given.

    It can read what is below `reads` (`cwd` by default) and write `writes`: directories, or files, which are made where they
    are missing. Nothing else is there for it. Cancelling the call kills the child and everything it started.

    Raises ChildFailed for a bad exit, ChildExceeded when a limit of time or output was passed, and NotStarted where the program
    could not be confined.
    """
    if _gives_way.get():
        limits = replace(limits, nice=limits.nice + GIVING_WAY)
    for path in writes:
        if not path.is_dir():
            path.touch(mode=0o600)
    process = await asyncio.create_subprocess_exec(
        *confined([*argv], limits, reads=[*reads] or [cwd], writes=[*writes]),
        cwd=cwd,
        env={"PATH": "/nonexistent", "LC_ALL": "C", "HOME": str(cwd), "TMPDIR": str(cwd)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=1024 * 1024,
    )
    try:
        async with asyncio.timeout(limits.seconds), asyncio.TaskGroup() as group:
            output = group.create_task(_read_output(process, limits.output_bytes, on_line))
            errors = group.create_task(_read_end(process))
            group.create_task(process.wait())
    except TimeoutError:
        raise ChildExceeded(argv[0], -signal.SIGKILL, f"took longer than {limits.seconds:.0f} s") from None
    finally:
        await _end(process)
    if len(output.result()) > limits.output_bytes:
        raise ChildExceeded(argv[0], -signal.SIGKILL, "printed too much")
    code = process.returncode or 0
    if code == REFUSED:
        raise NotStarted(f"{Path(argv[0]).name} could not be confined: {errors.result().strip()[-500:]}")
    if code in (-signal.SIGXCPU, -signal.SIGXFSZ):
        raise ChildExceeded(argv[0], code, "passed its limit of CPU time or file size")
    if code:
        raise ChildFailed(argv[0], code, errors.result())
    return Output(output.result(), errors.result())


async def _read_output(process: asyncio.subprocess.Process, most: int, on_line: Callable[[str], None] | None) -> bytes:
    assert process.stdout is not None
    if on_line is not None:
        async for line in process.stdout:
            on_line(line.decode("utf-8", "replace").strip())
        return b""
    kept = bytearray()
    while piece := await process.stdout.read(65536):
        kept += piece
        if len(kept) > most:
            _kill(process)
            break
    return bytes(kept)


async def _read_end(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    kept = b""
    while piece := await process.stderr.read(65536):
        kept = (kept + piece)[-KEPT:]
    return kept.decode("utf-8", "replace")


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    _kill(process)
    if process.returncode is None:
        await asyncio.shield(process.wait())
