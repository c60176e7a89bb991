"""Every process of the platform is killed while a film plays and another one is uploaded; nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.topology import SERVICES
from tests.journeys import films, platform
from tests.journeys.people import TUS, Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.fault
JSON = dict[str, Any]
OURS = tuple(service.name for service in SERVICES if not service.optional)
SERVERS = ("nginx", "postgres", "valkey", "tansu")


@pytest.fixture(scope="module")
def bijou() -> Iterator[Running]:
    with platform.running("--no-demo") as found:
        yield found


class Watching(threading.Thread):
    """A player: one heartbeat after another, each repeated until it is answered. `acknowledged` is what must survive."""

    def __init__(self, viewer: Viewer, session: JSON) -> None:
        super().__init__(daemon=True)
        self.viewer = viewer
        self.session = session
        self.acknowledged = 0.0
        self.seq = 0
        self.refused: list[str] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            self.seq += 1
            position = round(self.seq * 0.01, 2)
            body = {"seq": self.seq, "fencing": self.session["fencing"], "position": position, "state": "playing"}
            while not self.stopped.is_set():
                try:
                    answer = self.viewer.http.post(
                        f"/playback/sessions/{self.session['session_id']}/heartbeat", json=body, timeout=5
                    )
                except httpx.TransportError:
                    time.sleep(0.1)
                    continue
                if answer.status_code == 200:
                    self.acknowledged = position
                    break
                if answer.status_code < 500:
                    self.refused.append(f"{answer.status_code} {answer.text}")
                    return
                time.sleep(0.1)
            time.sleep(0.2)  # a player beats every ten seconds; far more often is refused


class Uploading(threading.Thread):
    """An upload in small pieces that always goes on from the offset that the server says."""

    def __init__(self, staff: Staff, upload: str, file: Path) -> None:
        super().__init__(daemon=True)
        self.staff = staff
        self.upload = upload
        self.data = file.read_bytes()
        self.acknowledged = 0
        self.lost: list[str] = []

    def run(self) -> None:
        piece = max(1, len(self.data) // 400)
        offset = 0
        while offset < len(self.data):
            headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            try:
                answer = self.staff.http.patch(
                    self.upload, content=self.data[offset : offset + piece], headers=headers, timeout=10
                )
                if answer.status_code == 204:
                    offset = self.acknowledged = int(answer.headers["Upload-Offset"])
                    time.sleep(0.1)
                    continue
                known = self.staff.http.head(self.upload, headers=TUS, timeout=10)
                if known.status_code == 200:
                    offset = int(known.headers["Upload-Offset"])
                    if offset < self.acknowledged:
                        self.lost.append(f"acknowledged {self.acknowledged}, later told {offset}")
            except httpx.TransportError:
                pass
            time.sleep(0.1)


def kill(bijou: Running, part: str) -> float:
    """Kill one process without warning; return the seconds until the supervisor calls its successor ready."""
    before = bijou.pid(part)
    started = time.monotonic()
    os.kill(before, signal.SIGKILL)

    def back() -> bool:
        item = next(item for item in bijou.state()["parts"] if item["name"] == part)
        return item["state"] == "ready" and item["pid"] not in (None, before)

    eventually(back, 60, 0.1)
    return time.monotonic() - started


@pytest.mark.timeout(900)
def test_kill_9_of_every_process_loses_nothing_acknowledged(bijou: Running, tmp_path: Path) -> None:
    seed = int(os.environ.get("BIJOU_FAULT_SEED", str(random.randrange(10**6))))
    print(f"seed {seed}: BIJOU_FAULT_SEED={seed} repeats this order")
    chance = random.Random(seed)
    staff = Staff.sign_in(bijou.url, bijou.admin)
    film = staff.add_film("Steady Hand", films.make(tmp_path / "steady.mp4", seconds=8, width=1280, height=720))
    viewer = Viewer.register(bijou.url)
    viewer.subscribe()
    session = viewer.play(film["playable_id"])
    source = films.make(tmp_path / "second.mp4", seconds=10, width=1280, height=720)
    second = staff.new_film("Second Wind")
    upload = staff.begin_upload(second["playable_id"], source)

    watching, uploading = Watching(viewer, session), Uploading(Staff.sign_in(bijou.url, bijou.admin), upload, source)
    watching.start()
    uploading.start()
    took: dict[str, float] = {}
    parts = [*OURS, *SERVERS]
    chance.shuffle(parts)
    for part in parts:
        took[part] = kill(bijou, part)
        acknowledged = watching.acknowledged
        eventually(lambda was=acknowledged: watching.acknowledged > was or bool(watching.refused), 30)  # type: ignore[misc]
        assert not watching.refused, f"after {part}: {watching.refused}"
        time.sleep(chance.random())
    print("ready again after (s):", {part: round(seconds, 1) for part, seconds in took.items()})

    uploading.join(240)
    assert not uploading.is_alive(), "the upload never ended"
    assert uploading.lost == []
    watching.stopped.set()
    watching.join(30)
    assert watching.refused == []

    # The lease was never lost, so its fencing number is still the one the session began with.
    last = viewer.beat(session, watching.seq + 1, watching.acknowledged)
    assert last["expires_at"]

    def arrived() -> bool:
        answer = viewer.http.get(f"/me/progress/{film['playable_id']}")
        return answer.status_code == 200 and abs(answer.json()["position"] - watching.acknowledged) < 0.005

    eventually(arrived, 90)
    asset = staff.wait_for(staff.asset_of(upload), 240)
    assert asset["status"] == "ready", asset
    eventually(lambda: bijou.master(upload) == source.read_bytes())  # once what killed writers left is cleared away
    staff.publish(second["id"])
    viewer.call("DELETE", f"/playback/sessions/{session['session_id']}", 204)
    viewer.play(second["playable_id"])
