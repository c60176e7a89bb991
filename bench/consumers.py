"""How many events a second one core applies in playback and watchstate, beside bare inserts of the same rows, in one run.

Real Postgres with its data on disk and every commit flushed; no broker: records are handed to the consumers as a broker would
hand them over, so what is measured is reading an event, deciding, and writing. `a core` counts the processor time of this
process and of Postgres together.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import psutil
from aiokafka import ConsumerRecord

from deploy.local.nodes.postgres import Postgres
from deploy.local.ports import free_port
from libs.chassis.clock import SystemClock
from libs.chassis.data import migrations
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.applier import KEYS
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Consumer
from libs.contracts.billing import EntitlementChanged
from libs.contracts.envelope import Event
from libs.contracts.identity import AccountChanged, Device, Profile
from libs.contracts.playback import ProgressUpdated
from services.playback.consumers import consumers as of_playback
from services.watchstate.consumers import consumers as of_watchstate

GOALS = {"progress": 20_000, "accounts": 5_000, "entitlements": 5_000}
VIEWERS = 2_000
ROUNDS = 5
BEATS = 10  # of each viewer that arrive together: what a consumer lets wait when it is behind
NOW = datetime.now(UTC) - timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """Events applied a second, and a second of processor time (ours and Postgres's)."""

    events: float
    per_core: float


def record(event: Event, position: int) -> ConsumerRecord:
    """An event as it comes from the broker."""
    value = event.model_dump_json().encode()
    headers = (
        ("ce_id", str(new_id()).encode()),
        ("ce_type", event.TYPE.encode()),
        ("ce_time", NOW.isoformat().encode()),
    )
    return ConsumerRecord(
        topic=event.TOPIC.name, partition=0, offset=position, timestamp=0, timestamp_type=0, key=event.key().encode(),
        value=value, checksum=None, serialized_key_size=0, serialized_value_size=len(value), headers=headers,
    )  # fmt: skip


def progress(people: Sequence[tuple[UUID, UUID, UUID]], number: int) -> list[Event]:
    return [
        ProgressUpdated(
            profile_id=profile, account_id=account, session_id=UUID(int=1), title_id=UUID(int=2), playable_id=playable,
            seq=number * BEATS + beat, position=beat, duration=6000, state="playing",
            occurred_at=NOW + timedelta(seconds=number * BEATS + beat),
        )
        for beat in range(BEATS) for account, profile, playable in people
    ]  # fmt: skip


def accounts(people: Sequence[tuple[UUID, UUID, UUID]], number: int) -> list[Event]:
    """New accounts each time, as in a burst of sign-ups."""
    return [
        AccountChanged(
            account_id=new_id(), version=1, profiles=(Profile(id=new_id(), name="Ada"),),
            devices=(Device(id=new_id(), name="Chrome on Windows"),), changed_at=NOW,
        )
        for _ in people
    ]  # fmt: skip


def entitlements(people: Sequence[tuple[UUID, UUID, UUID]], number: int) -> list[Event]:
    return [
        EntitlementChanged(
            account_id=account, version=number + 1, plan_id="standard-month", status="active", max_streams=2, max_height=1080,
            valid_until=NOW + timedelta(days=30), changed_at=NOW,
        )
        for account, _, _ in people
    ]  # fmt: skip


class Meter:
    """Processor time of this process and of everything Postgres."""

    def __init__(self, postgres: psutil.Process) -> None:
        self._postgres = postgres
        self._seen: dict[int, float] = {}

    def seconds(self) -> float:
        for process in [self._postgres, *self._postgres.children(recursive=True), psutil.Process()]:
            times = process.cpu_times()
            self._seen[process.pid] = times.user + times.system
        return sum(self._seen.values())


async def rate(meter: Meter, consumer: Consumer, make: Callable[..., list[Event]]) -> Rate:
    people = [(new_id(), new_id(), new_id()) for _ in range(VIEWERS)]
    found = []
    for number in range(ROUNDS + 1):
        records = [record(event, place) for place, event in enumerate(make(people, number))]
        cpu, clock = meter.seconds(), time.perf_counter()
        await consumer.apply(records)
        found.append((len(records) / (time.perf_counter() - clock), len(records) / (meter.seconds() - cpu)))
    best = found[1:]  # the first round fills caches and plans
    return Rate(statistics.median(item[0] for item in best), statistics.median(item[1] for item in best))


async def bare(meter: Meter, url: str) -> tuple[Rate, Rate]:
    """Rows as wide as an account's, by COPY and by one INSERT of arrays, a transaction for each batch."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE bare (a uuid PRIMARY KEY, b bigint, c text, d timestamptz)")
    rates: dict[str, list[tuple[float, float]]] = {"copy": [], "unnest": []}
    for _ in range(ROUNDS + 1):
        for way, measured in rates.items():
            rows = [(new_id(), 1, "active", NOW) for _ in range(VIEWERS * 4)]
            cpu, clock = meter.seconds(), time.perf_counter()
            for start in range(0, len(rows), KEYS):
                piece = rows[start : start + KEYS]
                if way == "copy":
                    await connection.copy_records_to_table("bare", records=piece)
                else:
                    await connection.execute(
                        "INSERT INTO bare SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[])",
                        *zip(*piece, strict=True),
                    )
            measured.append((len(rows) / (time.perf_counter() - clock), len(rows) / (meter.seconds() - cpu)))
    await connection.close()
    medians = [
        Rate(*(statistics.median(item[n] for item in measured[1:]) for n in range(2))) for measured in rates.values()
    ]
    return medians[0], medians[1]


@asynccontextmanager
async def database(server: Postgres, service: str) -> AsyncIterator[Database]:
    name = f"bench_{service}"
    admin = await asyncpg.connect(server.url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    url = f"{server.url.rpartition('/')[0]}/{name}"
    await asyncio.to_thread(migrations.upgrade, f"services.{service}", url)
    db = Database(url, statement_timeout_ms=60_000)
    await db.start()
    try:
        yield db
    finally:
        await db.stop()


async def measure(server: Postgres, meter: Meter) -> dict[str, Rate]:
    bus, clock = Bus("127.0.0.1:1", service="bench"), SystemClock()
    async with database(server, "watchstate") as db:
        found = {"watchstate progress": await rate(meter, of_watchstate(db, bus, clock)[0], progress)}
        found["watchstate accounts"] = await rate(meter, of_watchstate(db, bus, clock)[0], accounts)
        copy, unnest = await bare(meter, db.url)
    async with database(server, "playback") as db:
        found["playback accounts"] = await rate(meter, of_playback(db, bus, clock)[0], accounts)
        found["playback entitlements"] = await rate(meter, of_playback(db, bus, clock)[0], entitlements)
    return {**found, "bare COPY": copy, "bare INSERT": unnest}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        server = Postgres(place / "data", free_port(), "bench", place / "postgres.log")
        server.start()
        try:
            found = asyncio.run(measure(server, Meter(psutil.Process(server.pid))))
        finally:
            server.stop()
    plain = found["bare INSERT"].per_core
    print(f"{'':24}{'events/s':>10}{'/s and core':>13}{'vs INSERT':>11}   goal")
    for name, item in found.items():
        goal = next((f"≥ {value:,}" for part, value in GOALS.items() if part in name), "")
        print(f"{name:24}{item.events:10,.0f}{item.per_core:13,.0f}{item.per_core / plain:11.2f}   {goal}")
    for name, item in found.items():
        print(f"consumer_{name.lower().replace(' ', '_')}_per_core {item.per_core:.0f}")


if __name__ == "__main__":
    main()
