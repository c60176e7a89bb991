"""How fast the sink takes events in, and how that grows with what its tables hold; how much memory it needs.

`python -m bench.lake`. Records are handed over as a broker hands them over; reading, checking, sealing, finding duplicates,
writing Parquet and committing are measured, on a real PostgreSQL with the files on disk. Beside it, in turns: pyarrow writing the
same rows, prepared, to one Parquet file, which is the least that any sink has to do.
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import pyarrow.parquet as pq
from aiokafka import ConsumerRecord

from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.contracts.playback import ProgressUpdated
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.repository import Repository
from pipelines.analytics.service import maintenance
from pipelines.analytics.service.intake import Intake
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.service.rows import Reader
from pipelines.analytics.tables import Lake

BATCH = 50_000
VIEWERS = 2_000
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
Record: TypeAlias = ConsumerRecord[bytes, bytes]


def batch(number: int, people: list[tuple[UUID, UUID]]) -> list[Record]:
    """Heartbeats, the most numerous event there is."""
    made = []
    for place in range(number * BATCH, (number + 1) * BATCH):
        account, profile = people[place % VIEWERS]
        at = NOON + timedelta(seconds=place // 1_000)
        event = ProgressUpdated(
            profile_id=profile, account_id=account, session_id=account, title_id=profile, playable_id=profile, seq=place,
            position=place % 6_000, duration=6_000, state="playing", occurred_at=at,
        )  # fmt: skip
        value, headers = event.model_dump_json().encode(), (
            ("ce_id", str(new_id()).encode()), ("ce_type", event.TYPE.encode()), ("ce_time", at.isoformat().encode()),
        )  # fmt: skip
        made.append(
            ConsumerRecord(
                topic=event.TOPIC.name, partition=0, offset=place, timestamp=int(at.timestamp() * 1000), timestamp_type=0,
                key=event.key().encode(), value=value, checksum=None, serialized_key_size=36,
                serialized_value_size=len(value), headers=headers,
            )
        )  # fmt: skip
    return made


def bare(reader: Reader, records: list[Record], file: Path) -> float:
    """Seconds to write a batch's rows, made before, as a Parquet file."""
    rows = reader.read(records).good
    reader.seal(rows)
    table = reader.table(rows, NOON)
    start = time.perf_counter()
    pq.write_table(table, file, compression="zstd")
    return time.perf_counter() - start


def main() -> None:
    people = [(new_id(), new_id()) for _ in range(VIEWERS)]
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        node = Postgres(place / "data", free_port(), "bench", place / "postgres.log")
        node.start()
        try:
            migrations.upgrade("pipelines.analytics", node.url)
            measure(node.url, place, people)
        finally:
            node.stop()


def measure(url: str, place: Path, people: list[tuple[UUID, UUID]]) -> None:
    lake, keyring = Lake(url, f"file://{place}/store"), Keyring(Repository(url))
    intake = Intake(lake, ProgressUpdated.TOPIC, "first", keyring, 20_000_000)
    reader = Reader(ProgressUpdated.TOPIC, "first", keyring)
    intake.open()
    took, floor, processor = [], [], []
    for number in range(ROUNDS):
        records = batch(number, people)
        floor.append(bare(reader, records, place / "bare.parquet"))
        intake.add(records)
        start, cpu = time.perf_counter(), time.process_time()
        assert intake.flush() == BATCH
        took.append(time.perf_counter() - start)
        processor.append(time.process_time() - cpu)
        print(f"  {(number + 1) * BATCH:>10,} rows held: {BATCH / took[-1]:>10,.0f} rows/s")
    again = batch(ROUNDS, people)
    intake.add(again)
    intake.flush()
    intake.add(again)
    start = time.perf_counter()
    assert intake.flush() == 0
    print(f"{'the same batch again, all known':<40}{BATCH / (time.perf_counter() - start):>12,.0f} rows/s")
    start = time.perf_counter()
    assert intake.table is not None
    files = maintenance.compact(intake.table, few=2)
    print(f"{f'{files} files put together':<40}{time.perf_counter() - start:>12.2f} s")
    with Duck(lake) as duck:
        start = time.perf_counter()
        duck.ask("SELECT CAST(time AS DATE), COUNT(*), COUNT(DISTINCT key) FROM raw.watch_progress GROUP BY 1")
        print(f"{'a count of people over all rows':<40}{time.perf_counter() - start:>12.2f} s")
    rate = BATCH / statistics.median(took[1:])
    early, late = statistics.median(took[1 : 1 + len(took) // 3]), statistics.median(took[-(len(took) // 3) :])
    print(f"{'memory at most':<40}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>12.0f} MiB")
    print(f"RESULT lake_sink_rows_per_second={rate:.0f}")
    print(f"RESULT lake_sink_rows_per_core={BATCH / statistics.median(processor[1:]):.0f}")
    print(f"RESULT lake_sink_vs_bare_parquet={statistics.median(floor[1:]) / statistics.median(took[1:]):.2f}")
    print(f"RESULT lake_sink_full_vs_empty={early / late:.2f}")


if __name__ == "__main__":
    main()
