"""The drill: somebody watches while a backup is taken; all is killed, wiped and put back; they go on where they were."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.test_platform import Watching
from tests.journeys import films, platform
from tests.journeys.people import PASSWORD, Staff, Viewer, eventually
from tests.journeys.platform import ROOT, Running

pytestmark = [pytest.mark.fault, pytest.mark.slow]
JSON = dict[str, Any]
# What a viewer asks for, and must be told the same again.
ASKED = ("/me", "/me/profiles", "/me/subscription", "/me/payment-methods", "/me/list", "/me/history", "/me/invoices")


@pytest.fixture(scope="module")
def bijou() -> Iterator[Running]:
    with platform.running("--no-demo") as found:
        yield found


def signed_in(url: str, email: str) -> Viewer:
    answer = httpx.post(f"{url}/api/v1/auth/login", json={"email": email, "password": PASSWORD}, timeout=15)
    assert answer.status_code == 200, answer.text
    viewer = Viewer(url, answer.json())
    viewer.email = email
    return viewer


def answers(viewer: Viewer, title: str) -> JSON:
    return {path: viewer.call("GET", path) for path in (*ASKED, f"/titles/{title}")}


def killed(bijou: Running) -> None:
    """End everything of the platform at once, without a word."""
    launcher = int(bijou.state()["launcher"])
    pids = [int(part["pid"]) for part in bijou.state()["parts"] if part["pid"]]
    for pid in (launcher, *pids):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.mark.timeout(900)
def test_what_was_there_when_it_was_copied_is_there_again(bijou: Running, tmp_path: Path) -> None:
    archive = tmp_path / "backups"
    staff = Staff.sign_in(bijou.url, bijou.admin)
    film = staff.add_film("High Water", films.make(tmp_path / "film.mp4", seconds=8, width=640, height=360))
    quiet, stopped_at = _somebody_who_stopped(bijou, film)
    viewer = Viewer.register(bijou.url)
    viewer.subscribe()
    session = viewer.play(film["playable_id"])
    watching = Watching(viewer, session)
    watching.start()
    eventually(lambda: watching.acknowledged > 0.05)
    eventually(lambda: viewer.http.get(f"/me/progress/{film['playable_id']}").status_code == 200)
    before = answers(quiet, film["id"])

    copied_after = watching.acknowledged
    taken = platform.bijou(bijou.data, "backup", str(archive), "--secrets")
    copied_before = watching.acknowledged
    assert taken.returncode == 0, taken.stdout
    assert "no instant was free of writes" not in taken.stdout
    assert copied_before > copied_after, "somebody watched all the time"
    watching.stopped.set()
    watching.join(30)
    assert not watching.refused

    # What is written after the backup is lost with the disk, and nothing else.
    late = Viewer.register(bijou.url)
    refused = platform.bijou(bijou.data, "restore", str(archive))
    assert (refused.returncode, "already running" in refused.stdout) == (1, True)
    killed(bijou)
    refused = platform.bijou(bijou.data, "restore", str(archive))
    assert (refused.returncode, "with data already" in refused.stdout) == (1, True), refused.stdout
    for path in bijou.data.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    _interrupted(bijou, archive)
    began = time.monotonic()
    restored = platform.bijou(bijou.data, "restore", str(archive))
    assert restored.returncode == 0, restored.stdout
    print(f"restored in {time.monotonic() - began:.1f} s: {restored.stdout.strip().splitlines()[-1]}")
    assert platform.bijou(bijou.data, "up", "--detach", "--no-demo").returncode == 0

    url = str(bijou.state()["url"])
    same = signed_in(url, quiet.email)
    same.choose_profile()
    after = answers(same, film["id"])
    assert {path: after[path] for path in before if after[path] != before[path]} == {}
    assert same.call("GET", f"/me/progress/{film['playable_id']}")["position"] == stopped_at
    again = signed_in(url, viewer.email)
    again.choose_profile()
    position = again.call("GET", f"/me/progress/{film['playable_id']}")["position"]
    assert 0 < position <= copied_before
    assert httpx.post(f"{url}/api/v1/auth/login", json={"email": late.email, "password": PASSWORD}).status_code == 401
    # Also what no database holds: the film itself, by a grant of the key that came back.
    played = eventually(lambda: _played(again, film["playable_id"]))
    manifest = httpx.get(f"{url}{played['manifests']['hls']}")
    assert manifest.status_code == 200, manifest.text
    # And it goes on: events flow from the outboxes that came back to consumers that came back.
    again.beat(played, 1, position + 1)
    eventually(
        lambda: again.call("GET", f"/me/progress/{film['playable_id']}")["position"] == pytest.approx(position + 1)
    )


def _somebody_who_stopped(bijou: Running, film: JSON) -> tuple[Viewer, float]:
    """Somebody who pays, has a list, and stopped in the middle of a film: and where."""
    quiet, position = Viewer.register(bijou.url), 3.2
    quiet.subscribe()
    quiet.call("POST", "/me/list", 201, json={"title_id": film["id"]})
    session = quiet.play(film["playable_id"])
    quiet.beat(session, 1, position, "paused")
    quiet.call("DELETE", f"/playback/sessions/{session['session_id']}", 204)

    def heard() -> bool:
        answer = quiet.http.get(f"/me/progress/{film['playable_id']}")
        return answer.status_code == 200 and answer.json()["position"] == position

    eventually(heard)
    eventually(lambda: quiet.call("GET", "/me/history")["items"])
    return quiet, position


def _played(viewer: Viewer, playable_id: str) -> JSON | None:
    answer = viewer.http.post("/playback/sessions", json={"playable_id": playable_id})
    return dict(answer.json()) if answer.status_code == 201 else None


def _interrupted(bijou: Running, archive: Path) -> None:
    """Kill a restore in the middle of its work: nothing of it counts, and nothing is in the way of the next."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli", "restore", str(archive)], cwd=ROOT,
        env={**os.environ, "BIJOU_DATA": str(bijou.data), "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert any("comparing" in line for line in process.stdout)
        process.kill()
    assert not (bijou.data / "postgres").exists()
    assert not any((bijou.data / "store").iterdir())
