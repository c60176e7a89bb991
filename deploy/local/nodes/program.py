"""One of our own Python programs as a node: forked from this process where that is safe, else started afresh."""

import importlib
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deploy.local.nodes.base import Node, ask, die_with_parent, name_process, quoted

# On macOS the system's libraries do not survive a fork.
FORKS = sys.platform == "linux"


class Forked:
    """A forked child, with the part of `subprocess.Popen`'s interface that nodes use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.005)
        return code

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)


class Program(Node):
    """`target` is a module run as `python -m` runs it, or `module:function`, called without arguments.

    With a `port` it is ready when `/readyz` answers 200, without one as soon as it runs. `once` marks a program that
    ends by itself.
    """

    orphan_signal = signal.SIGKILL
    drain_signal = signal.SIGQUIT

    def __init__(
        self,
        name: str,
        target: str,
        environment: Mapping[str, str],
        log_file: Path,
        *,
        port: int | None = None,
        arguments: tuple[str, ...] = (),
        once: bool = False,
    ) -> None:
        super().__init__(log_file)
        self.name = name
        self.target = target
        self.port = port
        self.arguments = arguments
        self.once = once
        self._environment = dict(environment)

    def command(self) -> list[str]:
        module, _, function = self.target.partition(":")
        if function:
            return [sys.executable, "-c", f"from {module} import {function}; {function}()", *self.arguments]
        return [sys.executable, "-m", module, *self.arguments]

    def environment(self) -> Mapping[str, str]:
        # Containers often turn bytecode off; a start that is not a fork would pay for compiling everything again.
        around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return around | self._environment

    def spawn(self) -> int:
        # Beside a thread a fork is not safe; while code is watched for changes it would also be a copy of old modules.
        if not FORKS or threading.active_count() > 1:
            return super().spawn()
        self.prepare()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            # Nothing of the launcher may run in the child after this line, whatever happens.
            code = 1
            try:
                code = self._run_in_child(parent)
            finally:
                os._exit(code)
        self.process = Forked(pid)
        return pid

    def _run_in_child(self, parent: int) -> int:
        os.setsid()
        die_with_parent(self.orphan_signal)
        if os.getppid() != parent:
            return 1
        signal.set_wakeup_fd(-1)
        # SIGQUIT drains; who was started in the background of a script was told to ignore it, and so would this child.
        for sig in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(sig, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        name_process(f"bijou-{self.name}")
        self._redirect_output()
        os.environ.update(self._environment)
        print(f"$ {quoted(self.command())}", file=sys.stderr)
        module, _, function = self.target.partition(":")
        sys.argv = [module, *self.arguments]
        try:
            if function:
                getattr(importlib.import_module(module), function)()
            else:
                runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
            return 1
        finally:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
        return 0

    def _redirect_output(self) -> None:
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(self.log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(nothing)
        os.close(log)
        sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)

    def check(self) -> None:
        if self.port is not None:
            ask(self.port, "/readyz")
