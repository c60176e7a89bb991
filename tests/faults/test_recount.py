"""People play and pay while the lake's sink, the broker and PostgreSQL are killed; counted again, lake and services are equal."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.journeys import films, platform
from tests.journeys.people import Staff, Viewer, eventually
from tests.journeys.platform import Running

pytestmark = pytest.mark.fault
KILLED = ("lake", "tansu", "postgres")
ROUNDS = 2


@pytest.fixture(scope="module")
def bijou() -> Iterator[Running]:
    with platform.running("--no-demo", "--lake") as found:
        yield found


class Household(threading.Thread):
    """Registers, pays, and plays a film again and again, a few seconds each; whatever fails is left, as people do."""

    def __init__(self, url: str, playable_id: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._playable_id = playable_id
        self.plays = 0
        self.paid = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self._for_a_while()
            except (AssertionError, httpx.HTTPError, ValueError):
                time.sleep(0.3)

    def _for_a_while(self) -> None:
        viewer = Viewer.register(self._url)
        try:
            viewer.subscribe(interval="year")
            self.paid += 1
            for _ in range(3):
                session = viewer.play(self._playable_id)
                for seq in range(1, 5):
                    time.sleep(0.3)
                    viewer.beat(session, seq, seq * 0.3)
                viewer.call("DELETE", f"/playback/sessions/{session['session_id']}", 204)
                self.plays += 1
        finally:
            viewer.close()


def kill(bijou: Running, part: str) -> None:
    """Kill a process, and wait until its successor is ready."""
    before = bijou.pid(part)
    os.kill(before, signal.SIGKILL)

    def back() -> bool:
        item = next(item for item in bijou.state()["parts"] if item["name"] == part)
        return item["state"] == "ready" and item["pid"] not in (None, before)

    eventually(back, 60, 0.1)


def in_the_lake(bijou: Running) -> int:
    """How many commits the lake's tables have seen, by their catalogue."""
    with psycopg.connect(bijou.database("lake")) as connection:
        found = connection.execute("SELECT count(*) FROM iceberg_tables WHERE previous_metadata_location IS NOT NULL")
        (count,) = found.fetchone() or (0,)
        return int(count)


def all_is_told(bijou: Running) -> bool:
    """Whether every session has ended, every viewing's record is closed, and every outbox is empty of what was not told."""
    with psycopg.connect(bijou.database("playback")) as playback, psycopg.connect(bijou.database("events")) as events:
        (open_,) = playback.execute("SELECT count(*) FROM sessions WHERE ended_at IS NULL").fetchone() or (1,)
        (sessions,) = playback.execute("SELECT count(*) FROM sessions").fetchone() or (1,)
        (closed,) = events.execute(
            "SELECT count(*) FROM viewings WHERE revision > 0 AND due_at IS NULL"
        ).fetchone() or (0,)
    return bool(open_ == 0 and closed == sessions)


@pytest.mark.timeout(900)
def test_the_lake_equals_the_services_after_kill_9_of_sink_broker_and_database(bijou: Running, tmp_path: Path) -> None:
    staff = Staff.sign_in(bijou.url, bijou.admin)
    film = staff.add_film("Counted Twice", films.make(tmp_path / "film.mp4", seconds=8, width=640, height=360))
    homes = [Household(bijou.url, film["playable_id"]) for _ in range(3)]
    for home in homes:
        home.start()
    eventually(lambda: in_the_lake(bijou) > 0, 120, 0.5)
    for _ in range(ROUNDS):
        for part in KILLED:
            before = sum(home.plays for home in homes)
            kill(bijou, part)
            eventually(lambda was=before: sum(home.plays for home in homes) >= was + 3, 90)  # type: ignore[misc]
    for home in homes:
        home.stopped.set()
    for home in homes:
        home.join(60)
    eventually(lambda: all_is_told(bijou), 180, 1)
    time.sleep(6)  # the recount leaves out what is younger than five seconds

    counted = platform.bijou(bijou.data, "lake", "verify")
    print(counted.stdout, counted.stderr)
    assert counted.returncode == 0 and "The lake equals the services." in counted.stdout, (
        counted.stdout + counted.stderr
    )
    rows = {line.split()[0]: [int(each) for each in line.split()[1:]] for line in counted.stdout.splitlines()[1:4]}
    assert rows.keys() == {"plays", "minutes", "charges"}
    plays, paid = sum(home.plays for home in homes), sum(home.paid for home in homes)
    for what, least in (("plays", plays), ("minutes", plays), ("charges", paid)):
        services, lake, *wrong = rows[what]
        assert services == lake >= least > 0 and wrong == [0, 0, 0, 0], what
    staff.close()
