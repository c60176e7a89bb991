"""A launcher in a process of its own, watched from outside."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from deploy.local.data import ROOT, Data

PATIENCE = 60.0


def until(what: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """The first true answer of `what`."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError, KeyError):
            if found := what():
                return found
        time.sleep(0.05)
    raise AssertionError(f"waited {patience:.0f} s in vain")


class Running:
    """A launcher in a process of its own, seen from outside."""

    def __init__(self, data: Data, module: str = "tests.local.fakes", path: Path = ROOT) -> None:
        """`module` is run with the data directory as its argument; `path` is where it finds code besides ours."""
        self.data = data
        self._module = module
        self._environment = {**os.environ, "PYTHONPATH": str(path)}
        self.log = data.root / "launcher.out"
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self._module, str(self.data.root)],
                cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def start_again(self) -> None:
        self.process = self._start()

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.data.state.read_text())
        return found

    def parts(self) -> dict[str, dict[str, Any]]:
        return {part["name"]: part for part in self.state()["parts"]}

    def wait_ready(self) -> None:
        try:
            until(lambda: self.data.launcher() == self.state()["launcher"] and self.state()["phase"] == "ready")
        except AssertionError:
            raise AssertionError(self.log.read_text()) from None

    def ask(self, part: str) -> list[str]:
        port = self.parts()[part]["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            body: str = answer.read().decode()
        return body.split()
