"""What an event costs from its insert to the broker's acknowledgement: events a second, WAL, rows, and beside a backlog.

`python -m bench.outbox`. Real Postgres and the local broker. The same number of events is published from an outbox that
holds nothing else and from one that holds a large backlog of published rows: the second must be no slower.
"""

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from deploy.local.nodes.postgres import Postgres
from deploy.local.nodes.tansu import Tansu
from deploy.local.ports import free_port
from libs.chassis.data import migrations
from libs.chassis.data.database import Database
from libs.chassis.messaging import relay_lease
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.outbox import Relay
from libs.contracts.catalog import TitleChanged

EVENTS = 10_000
KEPT = 500_000
WRITE = """
INSERT INTO outbox (event_id, topic, key, type, payload, created_at)
SELECT uuidv7(), 'catalog.titles', 'title ' || n % 1000, $2,
    jsonb_build_object('title_id', uuidv7(), 'version', n, 'name', repeat('x', 300)), $3 + n * interval '1 microsecond'
FROM generate_series(1, $1::int) n
"""
LOOK = """
SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal, (SELECT sum(tup_inserted + tup_updated + tup_deleted)
    FROM pg_stat_database WHERE datname = current_database()) AS rows
"""


async def look(connection: asyncpg.Connection) -> tuple[float, float]:
    """Bytes of WAL and rows written so far."""
    await connection.execute("SELECT pg_stat_clear_snapshot()")
    row = await connection.fetchrow(LOOK)
    assert row is not None
    return float(row["wal"]), float(row["rows"])


async def publish(db: Database, connection: asyncpg.Connection, bootstrap: str, name: str) -> float:
    """Write events while no relay runs, start one, and wait until all are published; return events a second."""
    wal, rows = await look(connection)
    await connection.execute(WRITE, EVENTS, TitleChanged.TYPE, datetime.now(UTC), timeout=120)
    bus = Bus(bootstrap, service="bench")
    await bus.start()
    await bus.ready()
    relay, began = Relay(db, bus), time.perf_counter()
    await relay.start()
    while await connection.fetchval(relay_lease.WAITING):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    await relay.stop()
    await bus.stop()
    now = await look(connection)
    wal, rows = (now[0] - wal) / EVENTS, (now[1] - rows) / EVENTS
    print(f"{name:<34}{EVENTS / seconds:8.0f} events/s{wal:8.0f} B of WAL{rows:8.2f} rows an event")
    return EVENTS / seconds


async def purge(connection: asyncpg.Connection) -> None:
    """What deleting costs, in a connection of its own as housekeeping has it."""
    await connection.execute("SET enable_seqscan = off; UPDATE outbox_relay SET expires_at = 'infinity'")
    (wal, _), began, gone = await look(connection), time.perf_counter(), 0
    for _ in range(50):
        gone += await relay_lease.purge(connection, datetime.now(UTC) + timedelta(days=1), 1000)
    seconds = time.perf_counter() - began
    wal = ((await look(connection))[0] - wal) / max(1, gone)
    print(f"{'housekeeping':<34}{gone / seconds:8.0f} rows/s  {wal:8.0f} B of WAL a row")


async def measure(url: str, bootstrap: str) -> None:
    db = Database(url)
    await db.start()
    connection = await asyncpg.connect(url)
    try:
        empty = await publish(db, connection, bootstrap, "an outbox with nothing else")
        await connection.execute(WRITE, KEPT, TitleChanged.TYPE, datetime.now(UTC) - timedelta(days=9), timeout=600)
        await connection.execute("UPDATE outbox_relay SET upto = (SELECT max(id) FROM outbox)")
        full = await publish(db, connection, bootstrap, f"beside {KEPT:,} published rows")
        print(f"RESULT outbox_events_a_second={empty:.0f}")
        print(f"RESULT outbox_full_vs_empty={full / empty:.2f}")
        await purge(connection)
    finally:
        await connection.close()
        await db.stop()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        postgres = Postgres(place / "data", free_port(), "bench", place / "postgres.log")
        tansu = Tansu(free_port(), place / "tansu.log")
        try:
            postgres.start()
            tansu.start()
            migrations.upgrade("services.catalog", postgres.url)
            asyncio.run(measure(postgres.url, tansu.bootstrap))
        finally:
            tansu.stop()
            postgres.stop()


if __name__ == "__main__":
    main()
