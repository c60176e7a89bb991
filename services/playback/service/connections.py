"""How use cases reach the database: by a connection of the hot pool, whose failures are said kindly, at a known time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.clock import Clock
from libs.chassis.data.database import Database, is_transient
from libs.chassis.problems import Unavailable

log = telemetry.logger(__name__)


class Connections:
    """Without a `clock` statements go by the database's own time, which all replicas share."""

    def __init__(self, db: Database, clock: Clock | None) -> None:
        self._db = db
        self._clock = clock

    @property
    def at(self) -> datetime | None:
        """The time to give to statements; None for the database's own."""
        return self._clock.now() if self._clock else None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        """A connection for reading, or for writing what nobody else must hear of."""
        with _kindly():
            async with self._db.pool.acquire() as connection:
                yield connection

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[Any]:
        """A connection on which events are written, which go out at once."""
        async with self.open() as connection:
            yield connection
        self.told()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        with _kindly():
            async with self._db.transaction() as session:
                yield session

    def told(self) -> None:
        """Wake whoever publishes: an event was committed."""
        self._db.outbox_written.set()


@contextmanager
def _kindly() -> Iterator[None]:
    """Answer 503 where the database is only away for a moment."""
    try:
        yield
    except Exception as error:
        if not is_transient(error):
            raise
        log.warning("database_unavailable", reason=f"{type(error).__name__}: {error}")
        raise Unavailable(retry_after=1) from error
