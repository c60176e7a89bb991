"""The launcher with real servers and two tiny programs: order, restarts, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from deploy.local import draining, leftovers
from deploy.local.data import Data, write_private
from deploy.local.supervisor import LONGEST_DELAY, delay_before
from tests import backends
from tests.local.launcher import PATIENCE, Running, until


def processes_of(data: Data) -> list[psutil.Process]:
    """Every living process that holds a file below the data directory open."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            links = Path(f"/proc/{process.pid}/fd").iterdir()
            names = [str(link.readlink()) for link in links]
            if process.pid != os.getpid() and any(name.startswith(str(data.root)) for name in names):
                found.append(process)
    return found


@pytest.fixture
def running() -> Iterator[Running]:
    with backends.folder() as place:
        launcher = Running(Data(place))
        try:
            yield launcher
        finally:
            launcher.process.kill()
            launcher.process.wait()
            leftovers.end(launcher.data.run)


def test_delays_grow_and_end_growing() -> None:
    delays = [delay_before(n) for n in range(1, 12)]
    assert delays == sorted(delays)
    assert delays[0] < 0.2
    assert delays[-1] == LONGEST_DELAY


@pytest.mark.slow
def test_a_killed_part_comes_back_and_the_others_never_notice(running: Running) -> None:
    running.wait_ready()
    before = running.parts()
    assert list(before) == ["postgres", "valkey", "tansu", "thing", "gateway", "thing-worker", "nginx"]
    assert running.ask("thing") == [str(before["thing"]["pid"]), "hello", "False"]

    for name in ("thing", "thing-worker", "postgres", "tansu", "nginx"):
        os.kill(before[name]["pid"], signal.SIGKILL)
    after = until(
        lambda: (
            (now := running.parts())
            and all(part["state"] == "ready" for part in now.values())
            and now["nginx"]["pid"] != before["nginx"]["pid"]
            and all(now[name]["restarts"] >= 1 for name in ("thing", "thing-worker", "postgres", "tansu"))
            and now
        )
    )
    assert after["gateway"]["pid"] == before["gateway"]["pid"]
    assert after["gateway"]["restarts"] == after["valkey"]["restarts"] == 0
    assert after["nginx"]["restarts"] == 1
    assert running.ask("thing")[0] == str(after["thing"]["pid"])


@pytest.mark.slow
def test_it_stops_in_order_and_leaves_nothing(running: Running) -> None:
    running.wait_ready()
    assert processes_of(running.data)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE) == 0
    assert processes_of(running.data) == []
    assert running.state()["phase"] == "stopped"
    assert running.data.launcher() is None
    assert not (running.data.postgres / "postmaster.pid").exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_nothing_outlives_a_launcher_that_was_killed(running: Running) -> None:
    running.wait_ready()
    pids = [part["pid"] for part in running.parts().values()]
    running.process.kill()
    running.process.wait()
    until(lambda: processes_of(running.data) == [])

    migrations = running.data.log_of("migrations").read_text()
    running.start_again()
    running.wait_ready()
    assert not set(pids) & {part["pid"] for part in running.parts().values()}
    # The databases were up to date, so nothing was migrated again.
    assert running.data.log_of("migrations").read_text() == migrations


def test_what_an_earlier_launcher_left_is_ended_with_all_it_started(tmp_path: Path) -> None:
    script = "sleep 300 & sleep 300 & wait"
    with subprocess.Popen(["sh", "-c", script], start_new_session=True) as left:
        until(lambda: len(psutil.Process(left.pid).children()) == 2)
        children = psutil.Process(left.pid).children()
        leftovers.remember(tmp_path, [left.pid])
        leftovers.end(tmp_path, patience=1)
        left.wait(PATIENCE)
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert leftovers.end(tmp_path) == []


def test_somebody_elses_process_with_a_reused_number_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as other:
        leftovers.remember(tmp_path, [other.pid])
        known = json.loads((tmp_path / "pids.json").read_text())
        known["pids"] = {str(other.pid): 1.0}
        (tmp_path / "pids.json").write_text(json.dumps(known))
        assert leftovers.end(tmp_path) == []
        assert other.poll() is None
        other.kill()


def test_numbers_of_before_the_machine_restarted_are_nobodys(tmp_path: Path) -> None:
    """A session whose leader has gone looks like one of ours once numbers begin anew."""
    with subprocess.Popen(
        ["sh", "-c", "sleep 300 & echo $!"], start_new_session=True, stdout=subprocess.PIPE
    ) as leader:
        assert leader.stdout is not None
        stranger = psutil.Process(int(leader.stdout.readline()))
        leftovers.remember(tmp_path, [leader.pid])
        leader.wait(PATIENCE)
    try:
        known = json.loads((tmp_path / "pids.json").read_text())
        known["pids"].setdefault(str(leader.pid), 1.0)
        (tmp_path / "pids.json").write_text(json.dumps({**known, "numbering": "before"}))
        assert leftovers.end(tmp_path) == []
        assert stranger.is_running()
        (tmp_path / "pids.json").write_text(json.dumps(known))
        assert leftovers.end(tmp_path) == ["sleep"]
    finally:
        with suppress(psutil.NoSuchProcess):
            stranger.kill()


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"12": 1.0}', '{"numbering": 1, "pids": 2}'])
def test_a_list_of_processes_that_cannot_be_read_ends_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "pids.json").write_text(text)
    assert leftovers.end(tmp_path) == []


@pytest.mark.slow
def test_a_drained_part_stays_ended_until_it_is_called_back(running: Running) -> None:
    running.wait_ready()
    before = running.parts()
    os.kill(before["thing-worker"]["pid"], signal.SIGSTOP)  # it will not end by itself
    draining.write(running.data, {"thing": 30.0, "thing-worker": 1.0})
    after = until(
        lambda: (
            (now := running.parts()) and [now[n]["state"] for n in ("thing", "thing-worker")] == ["drained"] * 2 and now
        )
    )
    assert [after[name]["pid"] for name in ("thing", "thing-worker")] == [None, None]
    assert [after[name]["trouble"] for name in ("thing", "thing-worker")] == ["", "it did not end by itself in time"]
    assert after["gateway"] == {**before["gateway"], "seconds": after["gateway"]["seconds"]}

    draining.write(running.data, {})
    back = until(lambda: (now := running.parts()) and all(part["state"] == "ready" for part in now.values()) and now)
    assert back["thing"]["pid"] not in (None, before["thing"]["pid"])
    assert running.ask("thing")[0] == str(back["thing"]["pid"])


@pytest.mark.slow
def test_secrets_that_change_reach_the_edge_without_a_restart(running: Running) -> None:
    running.wait_ready()
    before, memory = running.parts(), running.data.root / "secrets.json"
    known = json.loads(memory.read_text())
    configuration = running.data.edge / "nginx.conf"
    write_private(memory, json.dumps({**known, "grant": f"another-long-random-text@1764277200,{known['grant']}"}))
    until(lambda: f'"another-long-random-text {known["grant"]}"' in configuration.read_text())
    # What cannot be used is left alone.
    write_private(memory, "{")
    until(lambda: "The secrets stay as they were" in running.log.read_text())
    after = running.parts()
    assert {name: part["pid"] for name, part in after.items()} == {name: part["pid"] for name, part in before.items()}
    assert "another-long-random-text" in configuration.read_text()
