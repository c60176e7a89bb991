"""What every external server on this machine has in common: a command line, start, check and stop."""

import contextlib
import ctypes
import http.client
import os
import shlex
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class NodeFailed(Exception):
    """A server did not start, or stopped by itself."""


class NotReady(Exception):
    """The server runs but does not answer yet."""


def die_with_parent(sig: int = signal.SIGKILL) -> None:
    """Called in a child: have the kernel send `sig` to it when its parent dies, however that happens (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def name_process(name: str) -> None:
    """Give this process the name that `ps` and `top` show (Linux only, 15 characters)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def quoted(command: list[str]) -> str:
    """The command line as one would type it in a shell."""
    return shlex.join(command)


def ask(port: int, path: str) -> None:
    """A server on this machine answers 200. Raises NotReady with what it says instead."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise NotReady(str(error)) from error
    finally:
        connection.close()
    if response.status != 200:
        raise NotReady(body)


class Process(Protocol):
    """What a node needs of a child process; `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int, /) -> None: ...


class Node(ABC):
    """One server process. `start` returns when it answers; `stop` when it is gone and reaped."""

    name: str
    port: int | None = None
    # Ends by itself, with 0 when all went well.
    once: bool = False
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGTERM
    # Has it take nothing new, and end when what it has in hand is done.
    drain_signal: int = signal.SIGTERM

    def __init__(self, log_file: Path) -> None:
        self.log_file = log_file
        self.process: Process | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """The command line, made without side effects."""

    @abstractmethod
    def check(self) -> None:
        """Ask the server something it must know. Raises NotReady."""

    def prepare(self) -> None:
        """Make directories and configuration files; called before every start."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def in_child(self) -> Callable[[], None]:
        """What runs in the child between fork and exec."""
        orphan_signal = self.orphan_signal

        def begin() -> None:
            # Ignored by whoever was started in the background of a script, and so by this child, it would drain nothing.
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            die_with_parent(orphan_signal)

        return begin

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def spawn(self) -> int:
        """Start the process without waiting for it to answer; its pid."""
        self.prepare()
        command = self.command()
        with self.log_file.open("ab") as log:
            log.write(f"$ {quoted(command)}\n".encode())
            log.flush()
            # A process group of its own: Ctrl-C reaches the launcher alone, which stops everything in order.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.environment()),
                preexec_fn=self.in_child(),
                start_new_session=True,
            )
        return self.process.pid

    def start(self, timeout: float = 30.0) -> None:
        """Start the process and wait until it answers. Raises NodeFailed with the last lines of its log."""
        self.spawn()
        self.wait_ready(timeout)

    def wait_ready(self, timeout: float = 30.0) -> None:
        deadline = time.monotonic() + timeout
        pause = 0.005
        while True:
            try:
                self.check()
                return
            except NotReady as reason:
                last = reason
            if not self.running:
                raise NodeFailed(f"{self.name} stopped while starting:\n{self.tail()}") from last
            if time.monotonic() > deadline:
                self.kill()
                raise NodeFailed(f"{self.name} did not answer within {timeout:.0f} s ({last}):\n{self.tail()}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    def signal_stop(self) -> None:
        """Ask the process to stop; `stop` also waits."""
        if self.process is not None and self.running:
            self.process.send_signal(self.stop_signal)

    def signal_drain(self) -> None:
        """Ask the process to end once it has nothing more in hand."""
        if self.process is not None and self.running:
            self.process.send_signal(self.drain_signal)

    def stop(self, timeout: float = 15.0) -> None:
        """Stop in order; by force after `timeout` seconds. Harmless when not running."""
        if self.process is None:
            return
        self.signal_stop()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole process group, also when its leader has gone already, and reap."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def tail(self, lines: int = 15) -> str:
        try:
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return "(no log)"
