"""How fast the sink takes events in, what each part of that costs, and how it grows with what its tables hold.

`python -m bench.lake [BATCHES]`. Heartbeats, the most numerous event there is, are published to a real broker; the sink takes
them from there into Iceberg tables whose catalogue is a real PostgreSQL, with the files on disk. Then the parts alone, on records
the broker handed over. Beside it, in turns: pyarrow writing the same rows, prepared, to one Parquet file: the least there is. And
before it the same records from the same broker into Parquet files as they are: nothing decoded, checked, sealed or committed.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from aiokafka import AIOKafkaProducer

from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.tansu import Tansu
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, create_topics
from libs.chassis.messaging.received import uncollected
from libs.contracts.playback import ProgressUpdated
from pipelines.analytics.clients import Broker, Record
from pipelines.analytics.engines.duck import Duck
from pipelines.analytics.repository import Repository
from pipelines.analytics.seen import DTYPE, Kept, Seen
from pipelines.analytics.service import following, maintenance
from pipelines.analytics.service.intake import Intake
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.service.rows import Reader, days_and_ids
from pipelines.analytics.settings import Settings
from pipelines.analytics.sink import Sink
from pipelines.analytics.tables import Lake

BATCH = 50_000
VIEWERS = 2_000
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BATCHES = int(sys.argv[1]) if len(sys.argv) > 1 else 8
ROWS = BATCH * BATCHES
TOPIC, TYPE, TABLE = ProgressUpdated.TOPIC, ProgressUpdated.TYPE, "raw.watch_progress"
Parts = dict[str, list[float]]
PARTS = ("consume", "decode and check", "seal", "make columns", "find duplicates", "bare Parquet", "write and commit")


async def publish(bootstrap: str) -> None:
    """Tell as playback tells: the same headers, the same JSON."""
    people = [(new_id(), new_id()) for _ in range(VIEWERS)]
    one = ProgressUpdated(
        profile_id=people[0][1], account_id=people[0][0], session_id=new_id(), title_id=new_id(), playable_id=new_id(), seq=1,
        position=1.5, duration=6_000, state="playing", occurred_at=NOON,
    )  # fmt: skip
    same = one.model_dump(mode="json")
    await create_topics({"bootstrap_servers": bootstrap}, [TOPIC], alone=True)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=20, max_batch_size=500_000)
    await producer.start()
    for number in range(ROWS):
        account, profile = people[number % VIEWERS]
        at = (NOON + timedelta(seconds=number // 1_000)).isoformat()
        own = {"profile_id": profile, "account_id": account, "seq": number, "position": number % 6_000 + 0.5}
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(new_id()),
            "ce_type": TYPE,
            "ce_source": "/bijou/playback",
            "ce_time": at,
        }
        await producer.send(
            TOPIC.name, orjson.dumps({**same, **own, "occurred_at": at}), key=str(profile).encode(),
            headers=[(name, value.encode()) for name, value in {**headers, "ce_time": at}.items()],
        )  # fmt: skip
    await producer.stop()


async def consumed(settings: Settings) -> AsyncGenerator[list[Record]]:
    """Yield batches as the broker hands them over."""
    broker = Broker(settings)
    await broker.go(TOPIC.name, (await broker.partitions([TOPIC.name]))[TOPIC.name], {})
    held: list[Record] = []
    seen = 0
    try:
        while seen < ROWS:
            with uncollected():
                for records in (await broker.records(following.WAIT_SECONDS)).values():
                    held.extend(records)
                    seen += len(records)
            while len(held) >= BATCH:
                yield held[:BATCH]
                del held[:BATCH]
    finally:
        await broker.close()


async def copied(settings: Settings, folder: Path) -> tuple[float, float]:
    """Write all there is as it is, while the next is read; return seconds, and seconds of processor."""
    start, cpu = time.perf_counter(), time.process_time()
    writing: asyncio.Task[None] | None = None
    number = 0
    async for records in consumed(settings):
        if writing is not None:
            await writing
        writing = asyncio.create_task(asyncio.to_thread(copy, records, folder / f"bare-{number}.parquet"))
        number += 1
    if writing is not None:
        await writing
    return time.perf_counter() - start, time.process_time() - cpu


def copy(records: list[Record], file: Path) -> None:
    with uncollected():
        headers = [dict(told) for told in map(Record.headers, records) if told]
        columns = {name: pa.array([each[name] for each in headers], pa.binary()) for name in headers[0]}
        columns |= {"key": pa.array(list(map(Record.key, records)), pa.binary())}
        columns |= {"data": pa.array(list(map(Record.value, records)), pa.binary())}
        pq.write_table(pa.table(columns), file, compression="zstd")
        records.clear()


@contextmanager
def timed(parts: Parts, name: str) -> Iterator[None]:
    start, cpu = time.perf_counter(), time.process_time()
    yield
    parts[name].append(time.perf_counter() - start)
    parts[f"{name}, processor"].append(time.process_time() - cpu)


async def measure_parts(settings: Settings, lake: Lake, keyring: Keyring, file: Path) -> tuple[Parts, list[Record]]:
    """Each part of taking a batch in alone, and the last batch."""
    parts: Parts = defaultdict(list)
    reader, intake = Reader(TOPIC, "parts", keyring), Intake(lake, TOPIC, "parts", keyring, Kept(20_000_000))
    seen = Seen("parts", lambda _: np.empty(0, dtype=DTYPE), Kept(20_000_000))
    intake.open()
    batches = consumed(settings)
    records: list[Record] = []
    for _ in range(BATCHES):
        with timed(parts, "consume"):
            records = await anext(batches)
        with uncollected():
            with timed(parts, "decode and check"):
                found = reader.read(records)
            with timed(parts, "seal"):
                reader.seal(found)
            with timed(parts, "make columns"):
                table = reader.table(found, NOON)
            with timed(parts, "find duplicates"):
                days, ids = days_and_ids(table)
                assert seen.new(days, ids).all()
                seen.add(days, ids)
        with timed(parts, "bare Parquet"):
            pq.write_table(table, file, compression="zstd")
        intake.table = intake.table or lake.raw(TABLE)
        with timed(parts, "write and commit"):
            intake.table.append(table)
    await batches.aclose()
    return parts, records


async def take_in(settings: Settings, keyring: Keyring) -> tuple[float, float]:
    """Have the sink take in all there is; return seconds, and seconds of processor. It ends by waiting for more once, in vain."""
    bus = Bus.of(settings, service="lake")
    await bus.start()
    await bus.ready()
    start, cpu = time.perf_counter(), time.process_time()
    taken = await Sink(settings, bus, keyring, [TOPIC]).fill()
    took = time.perf_counter() - start - following.WAIT_SECONDS
    assert taken == ROWS, taken
    await bus.stop()
    return took, time.process_time() - cpu


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        node, broker = (
            Postgres(place / "data", free_port(), "bench", place / "log"),
            Tansu(free_port(), place / "broker.log"),
        )
        node.start()
        broker.start()
        try:
            migrations.upgrade("pipelines.analytics", node.url)
            asyncio.run(publish(broker.bootstrap))
            measure(node.url, broker.bootstrap, place)
        finally:
            broker.stop()
            node.stop()


def measure(url: str, bootstrap: str, place: Path) -> None:
    store = f"file://{place}/store"
    lake, keyring = Lake(url, store), Keyring(Repository(url))
    settings = Settings(
        database_url=url,
        kafka_bootstrap=bootstrap,
        kafka_forgets=True,
        object_store_url=store,
        environment="development",
    )
    bare, bare_cpu = asyncio.run(copied(settings, place))
    print(
        f"  the same records, copied as they are: {ROWS / bare:,.0f} rows/s, {bare_cpu / ROWS * 1e6:.1f} µs of processor a row"
    )
    took, cpu = asyncio.run(take_in(settings, keyring))
    print(
        f"  the sink, from the broker to the last commit: {ROWS / took:,.0f} rows/s, {cpu / ROWS * 1e6:.1f} µs of processor a row"
    )
    lake.catalog.drop_table(TABLE)
    parts, again = asyncio.run(measure_parts(settings, lake, keyring, place / "bare.parquet"))
    for name in PARTS:
        each, cpu_each = (statistics.median(parts[of]) / BATCH * 1e6 for of in (name, f"{name}, processor"))
        print(f"  {name:<38}{each:>10.2f} µs a row{cpu_each:>10.2f} µs of processor")
    intake = Intake(lake, TOPIC, "again", keyring, Kept(20_000_000))
    intake.open()
    intake.add(again)
    with timed(parts, "again"):
        assert intake.flush() == 0
    print(f"{'a batch again, all known':<40}{BATCH / parts['again'][0]:>12,.0f} rows/s")
    table = lake.find(TABLE)
    assert table is not None
    with timed(parts, "compact"):
        files = maintenance.compact(table, few=2)
    print(f"{f'{files} files put together':<40}{parts['compact'][0]:>12.2f} s")
    with Duck(lake) as duck, timed(parts, "ask"):
        duck.ask("SELECT CAST(time AS DATE), COUNT(*), COUNT(DISTINCT key) FROM raw.watch_progress GROUP BY 1")
    print(f"{'a count of people over all rows':<40}{parts['ask'][0]:>12.2f} s")
    report(parts, took, cpu)
    print(f"RESULT lake_sink_vs_bare_copy={bare / took:.2f}")
    print(f"RESULT lake_sink_vs_bare_copy_processor={bare_cpu / cpu:.2f}")


def report(parts: Parts, took: float, cpu: float) -> None:
    ours = [
        sum(each) for each in zip(*(parts[name] for name in list(parts)[:5]), parts["write and commit"], strict=True)
    ]
    third = max(1, BATCHES // 3)
    print(f"{'memory at most':<40}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>12.0f} MiB")
    print(f"RESULT lake_sink_rows_per_second={ROWS / took:.0f}")
    print(f"RESULT lake_sink_rows_per_core={ROWS / cpu:.0f}")
    print(f"RESULT lake_sink_vs_bare_parquet={statistics.median(parts['bare Parquet']) / statistics.median(ours):.2f}")
    print(f"RESULT lake_sink_full_vs_empty={statistics.median(ours[:third]) / statistics.median(ours[-third:]):.2f}")


if __name__ == "__main__":
    main()
