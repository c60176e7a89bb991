"""What profiles gave titles, for those who look at them: whoever asks while others are being read goes with the next read."""

from __future__ import annotations

import asyncio
from uuid import UUID

from libs.chassis.data.database import Database
from services.catalog.repository import ratings

MOST = 500
Asked = tuple[UUID, UUID]


class OwnStars:
    """Reads the stars of many (title, profile) with one statement."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiting: dict[Asked, asyncio.Future[int | None]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def of(self, title_id: UUID, profile_id: UUID) -> int | None:
        """Return what a profile gave a title, as it stands after this was asked."""
        asked = title_id, profile_id
        if (waiting := self._waiting.get(asked)) is None:
            waiting = self._waiting[asked] = asyncio.get_running_loop().create_future()
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(waiting)

    async def _read(self) -> None:
        while self._waiting:
            taken = dict(list(self._waiting.items())[:MOST])
            for asked in taken:
                del self._waiting[asked]
            try:
                found = await ratings.own(self._db, list(taken))
            except Exception as error:
                for future in taken.values():
                    future.set_exception(error)
                    future.exception()  # whoever asked may have gone
            else:
                for asked, future in taken.items():
                    future.set_result(found.get(asked))
