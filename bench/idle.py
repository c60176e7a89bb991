"""What the whole platform costs with nobody there: processor time by part, over a minute.

`python -m bench.idle [seconds]`. Waiting is free; what is spent here is asking. Also how often each database was asked, and how
long an event is on its way when nothing has happened before: asking seldom must not mean hearing late.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from bench.platform import bijou
from bench.spending import Spending, connect
from bench.viewers import tell
from libs.chassis.ids import new_id
from libs.chassis.messaging.consumers import QUIET_AFTER
from libs.chassis.messaging.outbox import CHANNEL
from libs.contracts.identity import AccountChanged, Device, Profile

SECONDS = 60.0
# After this long without an event the consumers have noticed that it is quiet.
QUIET_SECONDS = QUIET_AFTER + 5.0
SAMPLES = 3
ASKED = "SELECT datname, xact_commit + xact_rollback AS asked FROM pg_stat_database WHERE datname IS NOT NULL"


async def asked(server: asyncpg.Connection) -> dict[str, int]:
    """How many transactions each database has seen."""
    return {row["datname"]: row["asked"] for row in await server.fetch(ASKED)}


async def news(data: Path) -> float:
    """Seconds from the commit of a new account to playback knowing it."""
    account = AccountChanged(
        account_id=new_id(), version=1, profiles=(Profile(id=new_id(), name="Ada"),),
        devices=(Device(id=new_id(), name="TV"),), changed_at=datetime.now(UTC),
    )  # fmt: skip
    identity, playback = await connect(data, "identity"), await connect(data, "playback")
    try:
        await tell(data, "identity", [account])
        started = time.perf_counter()
        await identity.execute("SELECT pg_notify($1, '')", CHANNEL)
        known = "SELECT 1 FROM accounts WHERE account_id = $1"
        while not await playback.fetchval(known, account.account_id):  # noqa: ASYNC110 - another process's table
            await asyncio.sleep(0.01)
        return time.perf_counter() - started
    finally:
        await identity.close()
        await playback.close()


async def measure(data: Path, seconds: float) -> None:
    server = await connect(data, "postgres")
    try:
        spending = Spending(data, server)
        await asyncio.sleep(QUIET_SECONDS)
        before = await asked(server)
        await spending.measure_idle(seconds)
        rates = {name: (count - before.get(name, 0)) / seconds for name, count in (await asked(server)).items()}
        shown = ", ".join(f"{name} {rate:.1f}" for name, rate in sorted(rates.items(), key=lambda one: -one[1]) if rate)
        print(f"transactions a second: {shown}")
        print(f"RESULT idle_transactions_a_second={sum(rates.values()):.1f}")
    finally:
        await server.close()
    latencies = [await news(data)]
    for _ in range(SAMPLES - 1):
        # At another moment between two looks of the broker each time: its looks keep time with the last event.
        await asyncio.sleep(QUIET_SECONDS + random.uniform(0, 2))
        latencies.append(await news(data))
    print(f"an event after a quiet time: {', '.join(f'{one:.2f} s' for one in latencies)}")
    print(f"RESULT news_after_quiet_seconds={max(latencies):.2f}")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory(prefix="bijou-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        try:
            bijou(data, "up", "--detach", "--no-demo")
            asyncio.run(measure(data, seconds))
        finally:
            bijou(data, "down")


if __name__ == "__main__":
    main()
