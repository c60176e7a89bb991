"""A process with nothing but a relay, for tests that freeze it: `python -m tests.chassis.relay_process URL BOOTSTRAP`."""

import asyncio
import sys

from libs.chassis import telemetry
from libs.chassis.data.database import Database
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.outbox import Relay


async def main(url: str, bootstrap: str) -> None:
    telemetry.configure("relay", fmt="text")
    db = Database(url)
    bus = Bus(bootstrap, service="relay")
    for component in (db, bus, Relay(db, bus)):
        await component.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
