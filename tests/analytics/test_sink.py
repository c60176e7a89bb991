"""The sink as a process of its own, beside a broker and a PostgreSQL: killed, doubled, frozen, with a broker that forgot all."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.tansu import Tansu
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, Outgoing
from libs.contracts.playback import SessionStarted
from tests.analytics.places import NOON, Place, started

TABLE = "raw.playback_sessions"


def until(what: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


class Sinks:
    """Processes of the sink on one lake."""

    def __init__(self, place: Place, broker: Tansu, log: Path) -> None:
        self.log = log
        self.running: list[subprocess.Popen[bytes]] = []
        self._told = {
            "BIJOU_DATABASE_URL": place.database_url,
            "BIJOU_OBJECT_STORE_URL": place.store_url,
            "BIJOU_KAFKA_BOOTSTRAP": broker.bootstrap,
            "BIJOU_KAFKA_FORGETS": "true",
            "BIJOU_FLUSH_ROWS": "40",
            "BIJOU_FLUSH_SECONDS": "0.3",
        }

    def start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **self._told, "BIJOU_PORT": str(free_port())}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.analytics.main"], env=environment, stdout=log, stderr=log
            )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def sinks(place: Place, broker: Tansu, log: Path) -> Iterator[Sinks]:
    made = Sinks(place, broker, log)
    try:
        yield made
    finally:
        for process in made.running:
            made.kill(process)


async def publish(broker: Tansu, events: list[tuple[SessionStarted, Outgoing]]) -> None:
    bus = Bus(broker.bootstrap, service="test", forgets=True)
    await bus.start()
    try:
        await asyncio.wait_for(bus.ready(), 20)
        for failure in await bus.send_all([outgoing for _, outgoing in events], 30):
            assert failure is None, failure
    finally:
        await bus.stop()


def told(count: int) -> list[tuple[SessionStarted, Outgoing]]:
    found = []
    for number in range(count):
        event, at = started(), NOON + timedelta(hours=number % 40)
        value = event.model_dump_json().encode()
        found.append((event, Outgoing(event.TOPIC.name, event.key(), new_id(), event.TYPE, at, value)))
    return found


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL that may be killed."""
    tmp_path.chmod(0o755)
    node = Postgres(tmp_path / "postgres", free_port(), "a-password", tmp_path / "postgres.log")
    node.start()
    migrations.upgrade("pipelines.analytics", node.url)
    yield node
    node.stop()


def test_each_event_is_there_once_whatever_is_killed_doubled_frozen_or_forgets(
    catalogue: Postgres, fresh_broker: Tansu, tmp_path: Path
) -> None:
    root = tmp_path / "store"
    root.mkdir()
    place = Place(catalogue.url, f"file://{root}", root)

    def held() -> int:
        try:
            table = place.lake().find(TABLE)
        except OperationalError:
            return 0
        newest = table.current_snapshot() if table else None
        return int(newest.summary["total-records"] or 0) if newest and newest.summary else 0

    first, second, third = told(150), told(150), told(40)
    with sinks(place, fresh_broker, tmp_path / "sink.log") as made:
        asyncio.run(publish(fresh_broker, first))
        one = made.start()
        until(lambda: held() > 0)
        made.kill(one)
        between = held()
        one, two = made.start(), made.start()
        asyncio.run(publish(fresh_broker, second))
        until(lambda: held() > between + 60)
        # The other one goes on alone, and its catalogue is killed below it.
        one.send_signal(signal.SIGSTOP)
        catalogue.kill()
        catalogue.start()
        until(lambda: held() >= 300)
        one.send_signal(signal.SIGCONT)

        # What the broker held is gone; the outboxes tell the last days again, and what is new.
        fresh_broker.kill()
        fresh_broker.start()
        asyncio.run(publish(fresh_broker, [*second, *third]))
        until(lambda: held() >= 340)
        assert one.poll() is two.poll() is None

    rows = place.rows(TABLE)
    assert len({row["event_id"] for row in rows}) == len(rows) == 340
    assert {row["event_id"] for row in rows} == {str(outgoing.event_id) for _, outgoing in [*first, *second, *third]}
