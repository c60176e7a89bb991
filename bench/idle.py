"""What the whole platform costs with nobody there: processor time by part, over a minute.

`python -m bench.idle [seconds]`. Waiting is free; what is spent here is asking. Also how often each database was asked.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import asyncpg

from bench.platform import bijou
from bench.viewers import SETTLE_SECONDS, Spending, connect

SECONDS = 60.0
ASKED = "SELECT datname, xact_commit + xact_rollback AS asked FROM pg_stat_database WHERE datname IS NOT NULL"


async def asked(server: asyncpg.Connection) -> dict[str, int]:
    """How many transactions each database has seen."""
    return {row["datname"]: row["asked"] for row in await server.fetch(ASKED)}


async def measure(data: Path, seconds: float) -> None:
    server = await connect(data, "postgres")
    try:
        spending = Spending(data, server)
        await asyncio.sleep(SETTLE_SECONDS)
        before = await asked(server)
        await spending.measure_idle(seconds)
        rates = {name: (count - before.get(name, 0)) / seconds for name, count in (await asked(server)).items()}
        shown = ", ".join(f"{name} {rate:.1f}" for name, rate in sorted(rates.items(), key=lambda one: -one[1]) if rate)
        print(f"transactions a second: {shown}")
        print(f"RESULT idle_transactions_a_second={sum(rates.values()):.1f}")
    finally:
        await server.close()


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
