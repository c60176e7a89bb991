"""Parts are drained while they work: a request under way is answered, a chunk is made to its end, leases are handed over."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.journeys import films, platform
from tests.journeys.people import TUS, Staff, eventually
from tests.journeys.platform import Running

pytestmark = [pytest.mark.fault, pytest.mark.slow]
JSON = dict[str, Any]


@pytest.fixture(scope="module")
def bijou() -> Iterator[Running]:
    with platform.running("--no-demo") as found:
        yield found


@pytest.fixture(scope="module")
def staff(bijou: Running) -> Staff:
    return Staff.sign_in(bijou.url, bijou.admin)


def state(bijou: Running, part: str) -> JSON:
    return next(dict(item) for item in bijou.state()["parts"] if item["name"] == part)


def rows(bijou: Running, database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(bijou.database(database)) as connection:
        return connection.execute(query.encode()).fetchall()


class Sending(threading.Thread):
    """Sends a whole film in one request that takes its time."""

    def __init__(self, staff: Staff, upload: str, file: Path) -> None:
        super().__init__(daemon=True)
        self._staff, self._upload, self._data = staff, upload, file.read_bytes()
        self.begun = threading.Event()
        self.drained = threading.Event()
        self.status: int | str = ""

    def _slowly(self) -> Iterator[bytes]:
        half = len(self._data) // 2
        yield self._data[:half]
        self.begun.set()
        self.drained.wait(60)
        time.sleep(2)  # on, while the service is told to end
        yield self._data[half:]

    def run(self) -> None:
        headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        headers["Content-Length"] = str(len(self._data))
        try:
            answer = self._staff.http.patch(self._upload, content=self._slowly(), headers=headers, timeout=120)
            self.status = answer.status_code
        except httpx.HTTPError as error:
            self.status = f"{type(error).__name__}: {error}"


@pytest.mark.timeout(400)
def test_a_request_under_way_is_answered_and_no_other_is_taken(bijou: Running, staff: Staff, tmp_path: Path) -> None:
    film = staff.new_film("Under Way")
    file = films.make(tmp_path / "film.mp4", seconds=8, width=640, height=360)
    upload = staff.begin_upload(film["playable_id"], file)
    sending = Sending(Staff.sign_in(bijou.url, bijou.admin), upload, file)
    sending.start()
    assert sending.begun.wait(30)
    pid = bijou.pid("transcode")

    draining = threading.Thread(target=lambda: done.append(platform.bijou(bijou.data, "drain", "transcode")))
    done: list[Any] = []
    draining.start()
    eventually(lambda: state(bijou, "transcode")["state"] == "draining")
    # Nothing new is taken, and its caller is told so at once.
    eventually(lambda: staff.http.get("/admin/assets").status_code == 503)
    assert state(bijou, "transcode")["pid"] == pid, "it still has something in hand"
    sending.drained.set()
    sending.join(60)
    draining.join(60)
    assert sending.status == 204
    assert (done[0].returncode, "transcode: drained" in done[0].stdout) == (0, True), done[0].stdout
    after = state(bijou, "transcode")
    assert (after["state"], after["pid"], after["trouble"]) == ("drained", None, "")
    # The right to publish is free for the next at once: nobody waits until it runs out.
    assert rows(bijou, "transcode", "SELECT expires_at = '-infinity' FROM outbox_relay") == [(True,)]

    time.sleep(3)
    assert state(bijou, "transcode")["pid"] is None, "nobody starts it again"
    assert platform.bijou(bijou.data, "drain", "--back", "transcode").returncode == 0
    eventually(lambda: staff.http.head(upload, headers=TUS).headers.get("Upload-Offset") == str(file.stat().st_size))
    assert staff.wait_for(staff.asset_of(upload))["status"] == "ready"


@pytest.mark.timeout(600)
def test_a_chunk_in_hand_is_made_to_its_end(bijou: Running, staff: Staff, tmp_path: Path) -> None:
    film = staff.new_film("Many Chunks")
    file = films.make(tmp_path / "film.mp4", seconds=60, width=1280, height=720)
    upload = staff.begin_upload(film["playable_id"], file)
    staff.send(upload, file)
    asset = staff.asset_of(upload)
    in_hand = f"SELECT id FROM steps WHERE asset_id = '{asset}' AND kind = 'chunk' AND state = 'doing' AND share > 0"
    eventually(lambda: rows(bijou, "transcode", in_hand), 60, 0.05)

    drained = platform.bijou(bijou.data, "drain", "transcode-worker", "--within", "200")
    assert drained.returncode == 0, drained.stdout
    steps = rows(bijou, "transcode", f"SELECT state, takes FROM steps WHERE asset_id = '{asset}' AND kind = 'chunk'")
    assert {step[0] for step in steps} == {"done", "waiting"}, "what was in hand is done, the rest was not begun"
    assert {step[1:] for step in steps if step[0] == "done"} == {(1,)}, "nothing was begun twice"
    assert {step[1:] for step in steps if step[0] == "waiting"} == {(0,)}, "nothing was given back"
    assert staff.call("GET", f"/admin/assets/{asset}")["status"] not in ("ready", "failed")

    assert platform.bijou(bijou.data, "drain", "--back").returncode == 0
    assert staff.wait_for(asset)["status"] == "ready"


def test_names_that_are_none_are_refused(bijou: Running) -> None:
    refused = platform.bijou(bijou.data, "drain", "nobody")
    assert (refused.returncode, "There is no part nobody" in refused.stdout) == (1, True)


@pytest.mark.timeout(300)
def test_the_whole_platform_ends_from_the_door_inwards(bijou: Running) -> None:
    done = platform.bijou(bijou.data, "drain", "--within", "60")
    assert done.returncode == 0, done.stdout
    order = [line.split(":")[0] for line in done.stdout.splitlines() if line.endswith(": drained")]
    assert order[:2] == ["nginx", "gateway"]
    assert {"identity", "playback", "transcode-worker"} <= set(order[2:])
    again = platform.bijou(bijou.data, "drain")
    assert (again.returncode, "not running" in again.stdout) == (1, True)
    assert platform.bijou(bijou.data, "up", "--detach", "--no-demo").returncode == 0, "and it starts as ever"
    assert all(part["state"] in ("ready", "done") for part in bijou.state()["parts"])
