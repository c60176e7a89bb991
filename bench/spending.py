"""What a running platform spends while something is done to it: processor by part, bytes of WAL, rows, bytes kept."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from bench.door import Seen
from deploy.local.nodes.postgres import ADMIN

IDLE_SECONDS = 20.0


async def connect(data: Path, database: str) -> asyncpg.Connection:
    secrets = json.loads((data / "secrets.json").read_text())
    port = json.loads((data / "ports.json").read_text())["postgres"]
    return await asyncpg.connect(
        host="127.0.0.1", port=port, user=ADMIN if database == "postgres" else database, database=database,
        password=secrets["databases"].get(database) or secrets["postgres"],
    )  # fmt: skip


class Spending:
    """Processor seconds, WAL and rows of the whole platform between two looks."""

    idle = 0.0  # seconds of processor a second, with nobody there

    def __init__(self, data: Path, server: asyncpg.Connection) -> None:
        state = json.loads((data / "run" / "state.json").read_text())
        self._pids = {part["name"]: int(part["pid"]) for part in state["parts"] if part["pid"]}
        self._server = server

    def processors(self) -> dict[str, float]:
        spent: dict[str, float] = defaultdict(float)
        for name, pid in self._pids.items():
            process = psutil.Process(pid)
            for one in (process, *process.children(recursive=True)):
                times = one.cpu_times()
                # Children that ended in between count too: Postgres makes and ends workers of its own.
                spent[name] += times.user + times.system + times.children_user + times.children_system
        return spent

    async def measure_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """What the platform spends on nobody, in processor seconds a second; prints it by part."""
        before, began = self.processors(), time.perf_counter()
        await asyncio.sleep(seconds)
        seconds = time.perf_counter() - began
        parts = {name: (spent - before[name]) / seconds for name, spent in self.processors().items()}
        self.idle = sum(parts.values())
        shown = ", ".join(f"{name} {share:.1%}" for name, share in sorted(parts.items(), key=lambda item: -item[1]))
        print(f"idle: {self.idle:.1%} of a core: {shown}")
        print(f"RESULT idle_percent_of_a_core={self.idle * 100:.1f}")

    async def look(self) -> dict[str, Any]:
        row = await self._server.fetchrow(
            "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS wal, sum(pg_database_size(datname)) AS kept,"
            " sum(tup_inserted + tup_updated + tup_deleted) AS rows FROM pg_stat_database WHERE datname IS NOT NULL"
        )
        assert row is not None
        return {"at": time.perf_counter(), "processors": self.processors(), **dict(row)}


@asynccontextmanager
async def phase(name: str, spending: Spending, per: str, settle: float = 0.0) -> AsyncIterator[Seen]:
    """Measure what happens inside; print it by part, divided by the number of successful answers."""
    seen = Seen()
    before = await spending.look()
    own = sum(psutil.Process().cpu_times()[:2])
    yield seen
    ended = time.perf_counter()
    # What the events of this phase cost their consumers belongs to it.
    await asyncio.sleep(settle)
    after = await spending.look()
    done = max(1, sum(count for status, count in seen.statuses.items() if status < 300))
    parts = {part: after["processors"][part] - before["processors"][part] for part in after["processors"]}
    total = sum(parts.values())
    above = max(0.0, total - spending.idle * (after["at"] - before["at"]))
    seen.above = above / done * 1000
    print("\n" + seen.line(name, ended - before["at"]))
    shown = sorted(parts.items(), key=lambda item: -item[1])
    print(f"  processor: {total / done * 1000:.2f} ms a {per}, {above / done * 1000:.2f} of them above idle: ", end="")
    print(", ".join(f"{part} {spent / done * 1000:.2f}" for part, spent in shown if spent / done > 5e-6))
    wal, rows, kept = (float(after[key] - before[key]) / done for key in ("wal", "rows", "kept"))
    print(f"  Postgres: {wal:.0f} bytes of WAL, {rows:.1f} rows written, {kept:.0f} bytes kept a {per}")
    print(f"  the viewers themselves: {(sum(psutil.Process().cpu_times()[:2]) - own) / done * 1000:.2f} ms")
    key = name.replace(" ", "_")
    print(f"RESULT {key}_processor_ms={total / done * 1000:.2f}")
    print(f"RESULT {key}_processor_ms_above_idle={above / done * 1000:.2f}")
    print(f"RESULT {key}_wal_bytes={wal:.0f}")
    print(f"RESULT {key}_rows={rows:.1f}")
    print(f"RESULT {key}_kept_bytes={kept:.0f}")
    print(f"RESULT {key}_refused={sum(count for status, count in seen.statuses.items() if status >= 300)}")
