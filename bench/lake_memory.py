"""What memory the sink takes for ten million events: `python -m bench.lake_memory [MILLIONS]`.

Heartbeats of three days, one in a hundred of them a day late, as a broker's client hands them over, into a real Iceberg table
whose catalogue is a real PostgreSQL, with its files on disk. After each million: the process's resident memory, and how many rows
a second of processor the last million was. The ids of a day in work are kept whole, 16 bytes each: that is what grows.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import orjson
import psutil
from confluent_kafka import TIMESTAMP_CREATE_TIME

from bench.lake import BATCH, NOON, TABLE, TOPIC, TYPE, VIEWERS
from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.contracts.playback import ProgressUpdated
from pipelines.analytics.clients import Record
from pipelines.analytics.repository import Repository
from pipelines.analytics.seen import Kept
from pipelines.analytics.service.intake import Intake
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.tables import Lake

MILLION = 1_000_000
MILLIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
DAYS = 3
MOST_IDS = 20_000_000
MIB = 1 << 20


def heartbeats() -> list[tuple[bytes, bytes]]:
    """A key and a heartbeat of each viewer."""
    found = []
    for _ in range(VIEWERS):
        told = ProgressUpdated(
            profile_id=new_id(), account_id=new_id(), session_id=new_id(), title_id=new_id(), playable_id=new_id(), seq=1,
            position=1.5, duration=6_000, state="playing", occurred_at=NOON,
        )  # fmt: skip
        found.append((told.key().encode(), orjson.dumps(told.model_dump(mode="json"))))
    return found


def batch(first: int, people: list[tuple[bytes, bytes]]) -> list[Record]:
    """Records with ids of their own, spread over the days in their order."""
    whole = MILLIONS * MILLION
    moment = TIMESTAMP_CREATE_TIME, int(NOON.timestamp() * 1000)
    day = first * DAYS // whole
    times = [(NOON + timedelta(days=max(0, day - late))).isoformat().encode() for late in (0, 1)]
    same = [("ce_specversion", b"1.0"), ("ce_type", TYPE.encode()), ("ce_source", b"/bijou/playback")]
    found = []
    for number in range(first, first + BATCH):
        key, value = people[number % VIEWERS]
        event_id = str(UUID(int=(number << 64) | 0x8000_0000_0000_0000)).encode()
        headers: list[tuple[str, str | bytes | None]] = [
            *same, ("ce_id", event_id), ("ce_time", times[number % 100 == 0])
        ]  # fmt: skip
        found.append(
            Record(
                topic=TOPIC.name, partition=0, offset=number, key=key, value=value, headers=headers, timestamp=moment
            )
        )
    return found


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        node = Postgres(place / "data", free_port(), "bench", place / "log")
        node.start()
        try:
            migrations.upgrade("pipelines.analytics", node.url)
            measure(Lake(node.url, f"file://{place}/store"), Keyring(Repository(node.url)))
        finally:
            node.stop()


def measure(lake: Lake, keyring: Keyring) -> None:
    intake, people, process = Intake(lake, TOPIC, "bench", keyring, Kept(MOST_IDS)), heartbeats(), psutil.Process()
    intake.open()
    held: list[float] = []
    print(f"{'millions':>10}{'MiB':>8}{'rows a second of processor':>30}")
    for million in range(MILLIONS):
        spent = 0.0
        for first in range(million * MILLION, (million + 1) * MILLION, BATCH):
            intake.add(batch(first, people))
            before = time.process_time()
            assert intake.flush() == BATCH
            spent += time.process_time() - before
        held.append(process.memory_info().rss / MIB)
        print(f"{million + 1:>10}{held[-1]:>8.0f}{MILLION / spent:>30,.0f}", flush=True)
    table = lake.find(TABLE)
    assert table is not None and table.scan().count() == MILLIONS * MILLION
    print(f"RESULT lake_memory_mib_at_1_million={held[0]:.0f}")
    print(f"RESULT lake_memory_mib_at_{MILLIONS}_million={held[-1]:.0f}")


if __name__ == "__main__":
    main()
