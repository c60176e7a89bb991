"""A process that stands still in the middle of applying a dead letter: `python -m tests.chassis.redriving_process URL ID`."""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from libs.chassis.messaging import redriving
from libs.chassis.messaging.bus import Bus
from libs.chassis.messaging.consumers import Batch, Consumer, Received
from libs.contracts.catalog import TitleChanged
from tests.chassis.conftest import note


async def main(url: str, letter: int) -> None:
    async def stops_midway(session: AsyncSession, events: Sequence[Received[Any]]) -> None:
        for event in events:
            await note(session, event)
        print("written", flush=True)
        await asyncio.Event().wait()

    db = Database(url)
    await db.start()
    consumer = Consumer("sample", db, Bus("127.0.0.1:1", service="sample"), {TitleChanged: Batch(stops_midway)})
    await redriving.replay(db, [consumer], [letter])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
