"""Programs that end by themselves: done after a good end, tried again after a bad one, given up in the end."""

import contextlib
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.local import supervisor
from deploy.local.nodes.base import Node, NodeFailed, NotReady
from deploy.local.supervisor import TRIES_ONCE, Supervisor


class Script(Node):
    """A piece of Python, run as a node; what ends by itself is ready as soon as it runs, anything else never is."""

    name = "script"

    def __init__(self, source: str, log_file: Path, *, once: bool = True) -> None:
        super().__init__(log_file)
        self.source = source
        self.once = once

    def command(self) -> list[str]:
        return [sys.executable, "-S", "-c", self.source]

    def check(self) -> None:
        if not self.once:
            raise NotReady("not yet")


@pytest.fixture(autouse=True)
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY", 0.001)


def tick_until(supervisor: Supervisor, state: str) -> None:
    deadline = time.monotonic() + 60
    while supervisor.units[0].state != state:
        assert time.monotonic() < deadline, supervisor.snapshot()
        supervisor.tick()
        time.sleep(0.01)


def test_a_good_end_is_the_end(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "run")
    supervisor.spawn([Script("pass", tmp_path / "log")])
    tick_until(supervisor, "done")
    assert supervisor.units[0].restarts == 0
    supervisor.stop()
    assert supervisor.units[0].state == "done"


def test_it_is_tried_again_after_a_bad_end(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = f"import os, sys; p = {str(mark)!r}; ok = os.path.exists(p); open(p, 'w').close(); sys.exit(not ok)"
    supervisor = Supervisor(tmp_path / "run", ever_ready=True)
    supervisor.spawn([Script(source, tmp_path / "log")])
    tick_until(supervisor, "done")
    assert supervisor.units[0].restarts == 1


def test_it_is_given_up_in_the_end(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "run", ever_ready=True)
    supervisor.spawn([Script("raise SystemExit(1)", tmp_path / "log")])
    tick_until(supervisor, "failed")
    assert supervisor.units[0].restarts == TRIES_ONCE - 1


def test_a_start_that_fails_says_what_the_part_said(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "run")
    stage = supervisor.spawn([Script("raise SystemExit('no film in the projector')", tmp_path / "log", once=False)])
    with pytest.raises(NodeFailed, match="no film in the projector"):
        supervisor.wait_for(stage)
    supervisor.stop()


def test_a_step_of_the_start_that_fails_ends_the_start(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path / "run")
    good, bad = Script("pass", tmp_path / "a"), Script("raise SystemExit('broken')", tmp_path / "b")
    supervisor.run_once([good], at_once=2)
    with pytest.raises(NodeFailed, match="broken"):
        supervisor.run_once([bad, good], at_once=1)


def test_what_a_dead_part_had_started_goes_with_it(tmp_path: Path) -> None:
    note = tmp_path / "child"
    source = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '300'])\n"
        f"open({str(note)!r}, 'w').write(str(child.pid))\n"
        "sys.exit(0)"
    )
    supervisor = Supervisor(tmp_path / "run")
    supervisor.spawn([Script(source, tmp_path / "log")])
    tick_until(supervisor, "done")
    with contextlib.suppress(psutil.NoSuchProcess):
        child = psutil.Process(int(note.read_text()))
        deadline = time.monotonic() + 60
        while child.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_why_it_ended_by_itself_is_said_until_it_has_run_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = '{"event": "worker_refused", "level": "error", "reason": "The kernel has no Landlock."}'
    supervised = Supervisor(tmp_path / "run", ever_ready=True)
    supervised.spawn([Script(f"import sys; print({said!r}, file=sys.stderr); sys.exit(1)", tmp_path / "log")])
    assert supervised.snapshot()[0]["trouble"] == ""
    tick_until(supervised, "failed")
    [part] = supervised.snapshot()
    assert part["trouble"] == "worker_refused: The kernel has no Landlock."
    supervised.units[0].state = "ready"
    assert supervised.snapshot()[0]["trouble"] == part["trouble"]
    monkeypatch.setattr(supervisor, "STABLE_SECONDS", -1.0)
    assert supervised.snapshot()[0]["trouble"] == ""
