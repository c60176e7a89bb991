"""Server-sent events: an account's changes to its devices, from where each of them left off.

The log in the database is the truth; NOTIFY only wakes the streams, and a stream that missed it looks again by itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import orjson

from libs.chassis.components import Loop, before_stopping
from libs.chassis.data.database import Database
from libs.chassis.problems import TooMany
from libs.contracts.token import Principal
from services.watchstate.repository import sync
from services.watchstate.service.projections import REVOKED

KEEPALIVE_SECONDS = 15.0
PER_ACCOUNT = 20
BATCH = 100


class TooManyStreams(TooMany):
    """This account has too many open connections for updates. Close some and try again."""

    code = "too_many_streams"


class NotListening(ConnectionError):
    """The connection that tells of changes was lost."""


class Streams(Loop):
    """A component: listens for changes and wakes the streams of their accounts."""

    name = "sync"

    def __init__(self, db: Database) -> None:
        super().__init__()
        self._db = db
        self._waiting: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self.closing = False

    async def start(self) -> None:
        await super().start()
        before_stopping(self.close)

    async def stop(self) -> None:
        self.close()
        await super().stop()

    def close(self) -> None:
        """End every stream after what it is sending; clients connect again, to another replica or to our successor."""
        self.closing = True
        self._wake_all()

    def _wake_all(self) -> None:
        for account in list(self._waiting.values()):
            for event in account:
                event.set()

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        with suppress(ValueError):
            for event in self._waiting.get(UUID(str(payload)), ()):
                event.set()

    async def work(self) -> None:
        connection = await self._db.direct()
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda *_: lost.set())
            await connection.add_listener(sync.CHANNEL, self._on_notify)
            self.well()
            self._wake_all()  # for what was committed while nobody listened
            await lost.wait()
            raise NotListening
        finally:
            connection.terminate()

    async def open(self, who: Principal, last: str | None) -> AsyncIterator[bytes]:
        """Return the stream of a viewer, following the event id `last`; from now on where there is none.

        An id that is not ours, or whose successors are no longer kept, starts with an event `reset`: read everything again.
        """
        if len(self._waiting.get(who.account_id, ())) >= PER_ACCOUNT:
            raise TooManyStreams(retry_after=30)
        oldest, head = await sync.bounds(self._db, who.account_id)
        asked = int(last) if last and last.isascii() and last.isdigit() and len(last) < 19 else None
        lost = last is not None and (asked is None or not oldest <= asked <= head)
        return self._stream(who, head if asked is None or lost else asked, lost=lost)

    async def _stream(self, who: Principal, cursor: int, *, lost: bool) -> AsyncIterator[bytes]:
        wake = asyncio.Event()
        account = self._waiting[who.account_id]
        account.add(wake)
        try:
            # An id without data tells the client where it is without being an event (HTML, 9.2.6).
            yield f"retry: 2000\nid: {cursor}\n\n".encode()
            if lost:
                yield f"id: {cursor}\nevent: reset\ndata: {{}}\n\n".encode()
            while not self.closing:
                wake.clear()
                rows = await sync.after(self._db, who.account_id, cursor, BATCH)
                for row in rows:
                    cursor = row["id"]
                    if row["kind"] == REVOKED:
                        if str(who.session_id) in row["data"]["session_ids"]:
                            return
                    elif row["profile_id"] in (None, who.profile_id):
                        data = orjson.dumps(row["data"]).decode()
                        yield f"id: {cursor}\nevent: {row['kind']}\ndata: {data}\n\n".encode()
                if rows:
                    continue
                left = who.expires - time.time()
                if left <= 0:
                    return  # the client comes back with a fresh token
                try:
                    await asyncio.wait_for(wake.wait(), min(KEEPALIVE_SECONDS, left))
                except TimeoutError:
                    yield f"id: {cursor}\n\n".encode()
        finally:
            account.discard(wake)
            if not account:
                self._waiting.pop(who.account_id, None)
