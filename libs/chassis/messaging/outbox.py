"""The transactional outbox: events commit with the write that causes them, and a relay publishes them in order per key."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.components import Loop
from libs.chassis.data.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging.bus import Bus, BusUnavailable, Outgoing
from libs.chassis.messaging.outbox_position import Position
from libs.chassis.messaging.relay_lease import (
    EARLIER,
    HIGHEST,
    KEPT,
    LATE,
    MARGIN,
    NEW,
    NEWEST,
    RUNNING,
    WAITING,
    Lease,
    now,
    published,
    seconds_left,
)
from libs.contracts.envelope import Event
from libs.contracts.registry import TOPICS

log = telemetry.logger(__name__)

BATCH = 500
# Of more than this the newest does not go first: finding what is of the same keys would cost more than publishing it.
CROWD = 200_000
# What goes first brings along what waits of its keys, at most so much.
MOST_EARLIER = 4 * BATCH
# Of what one transaction wrote (an import) so many go at once, and then there is a pause, which ends where something new is
# written: whoever reads the topic is not behind by all of it when somebody's edit comes.
CROWD_BATCH = 200
CROWD_SECONDS = 0.25
CHANNEL = "outbox"
FREE = "free"
# Ids in a notification, which holds 8,000 bytes.
TOLD_AT_ONCE = 350
# Events written within this time of each other are read together; the first after a silence is read at once.
GATHER_SECONDS = 0.05
# How often the holder looks by itself, renewing its right. Who writes wakes it; this finds what nobody told it of.
LOOK_SECONDS = 2.5
# A broker that is away is waited for this long before it is called a problem.
BROKER_SECONDS = 5.0
# An answer to what was sent is waited for this long, while the right to send is still ours.
ANSWER_SECONDS = MARGIN - 1

INSERT = "INSERT INTO outbox (event_id, topic, key, type, payload) VALUES ($1, $2, $3, $4, $5)"


def row(event: Event) -> tuple[UUID, str, str, str, dict[str, Any]]:
    """Return the values of `INSERT` for an event, for statements that write it together with other rows."""
    return new_id(), event.TOPIC.name, event.key(), event.TYPE, event.model_dump(mode="json")


async def add(session: AsyncSession, *events: Event) -> None:
    """Write events into the caller's transaction."""
    if not events:
        return
    session.info["outbox"] = True
    await session.execute(
        text(
            "INSERT INTO outbox (event_id, topic, key, type, payload)"
            " VALUES (:event_id, :topic, :key, :type, CAST(:payload AS jsonb))"
        ),
        [
            {"event_id": event_id, "topic": topic, "key": key, "type": kind, "payload": orjson.dumps(payload).decode()}
            for event_id, topic, key, kind, payload in map(row, events)
        ],
    )


async def add_raw(connection: Any, *events: Event) -> None:
    """The same on an asyncpg connection that is inside a transaction. After the commit say `Database.outbox_written.set()`."""
    if events:
        await connection.executemany(INSERT, [row(event) for event in events])


class RelayWaker(Loop):
    """A component for a process that writes events and has no relay: tells the relay in another process of them."""

    name = "outbox-waker"
    every = 0.0

    def __init__(self, db: Database) -> None:
        super().__init__()
        self._db = db

    async def work(self) -> None:
        self.well()
        await self._db.outbox_written.wait()
        self._db.outbox_written.clear()
        # By itself, not in the transactions that write: notifying commits one at a time, all over the server.
        await self._db.pool.execute("SELECT pg_notify($1, '')", CHANNEL)
        await asyncio.sleep(GATHER_SECONDS)


class Relay(Loop):
    """A component: publishes the outbox. Any number may run; a lease with an expiry lets one at a time work.

    Where many wait (an import, a broker that was away) what is written meanwhile goes before them, after what waits of its key.
    Order per key holds because a key's next event is sent only after the one before it was acknowledged. How far it came is
    written down only after the broker's acknowledgement, so a crash repeats events and never loses one. When the broker comes
    back without its data (another epoch), everything still kept is published again, from the beginning.
    """

    name = "outbox"
    every = 0.0

    def __init__(self, db: Database, bus: Bus) -> None:
        super().__init__()
        self._db = db
        self._bus = bus
        self._holding = False
        self._read_at = 0.0
        self._sent: list[Any] = []  # since the position was last written down
        self._again: set[int] = set()  # what a relay that lost its lease may have sent out of order

    async def work(self) -> None:
        connection = await self._db.direct()
        try:
            # A position that is lost in a crash of the server only repeats events.
            await connection.execute("SET synchronous_commit = off")
            await connection.add_listener(CHANNEL, self._on_notify)
            while True:
                epoch = await self._broker(connection)
                self._again.clear()
                lease = await Lease.take(connection, epoch)
                if lease is None:
                    self.well()
                    await self._stand_by(connection)
                else:
                    self._holding = True
                    await self._hold(connection, lease, epoch)
        finally:
            self._holding = False
            connection.terminate()

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if self._holding:
            with suppress(ValueError):
                self._again.update(map(int, str(payload).split()))
        if self._holding or payload == FREE:
            self._db.outbox_written.set()

    async def _broker(self, connection: Any) -> str:
        """Wait for the broker; say how many events wait meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BROKER_SECONDS):
                return await self._bus.ready()
        telemetry.OUTBOX_PENDING.set(await connection.fetchval(WAITING))
        raise BusUnavailable(self._bus.problem)

    async def _stand_by(self, connection: Any) -> None:
        """Wait until the other relay's time is up, and tell it of what is written here."""
        deadline = now() + await seconds_left(connection)
        while (left := deadline - now()) > 0:
            if await self._written(left):
                if await seconds_left(connection) == 0:
                    return
                await connection.execute("SELECT pg_notify($1, '')", CHANNEL)
                await asyncio.sleep(GATHER_SECONDS)

    async def _hold(self, connection: Any, lease: Lease, epoch: str) -> None:
        if lease.epoch_changed:
            log.warning("broker_lost_its_data", published_again="everything that is kept")
        try:
            await self._republish(connection, lease)
            while self._bus.epoch in (epoch, None):
                pause = await self._pass(connection, lease)
                self.well()
                if pause:
                    await self._written(pause)
                elif pause is None:
                    await self._written(LOOK_SECONDS)
                    # Not more often than this, so that under load every look finds many.
                    await asyncio.sleep(max(0.0, self._read_at + GATHER_SECONDS - now()))
        finally:
            self._holding = False
            with suppress(Exception):
                await asyncio.wait_for(self._leave(connection, lease), 2)

    async def _republish(self, connection: Any, lease: Lease) -> None:
        """Send what is kept of rows that are gone already, where the position is that far back."""
        position = lease.position
        while position.upto < lease.purged:
            rows = await connection.fetch(KEPT, position.upto, BATCH)
            _, failure = await self._publish(rows, lease)
            if failure is not None:
                raise failure
            position.upto = rows[-1]["id"] if rows else lease.purged
            await self._keep(lease)

    async def _pass(self, connection: Any, lease: Lease) -> float | None:
        """Publish what is there, at most a batch; return after how many seconds to go on, None where there is no more."""
        position, self._read_at = lease.position, now()
        running = await connection.fetchrow(RUNNING) if position.gaps else None
        rows, pause = await _next(connection, position)
        if not rows and not running and not self._again:
            await lease.secure()
            telemetry.OUTBOX_PENDING.set(lease.pending)
            return None
        done, failure = await self._publish(rows, lease)
        position.publish(published(rows, done, position), now())
        if running and failure is None and pause is None:
            position.forget(running[0], running[1], now())
        if self._again:
            await self._send_again(connection, lease)
        await self._keep(lease)
        if failure is not None:
            raise failure
        return pause

    async def _publish(self, rows: Sequence[Any], lease: Lease) -> tuple[set[int], Exception | None]:
        """Send rows, of each key one at a time; return the ids that were acknowledged, and what stopped the others."""
        queues: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for item in reversed(rows):
            queues[item["topic"], item["key"]].append(item)
        done: set[int] = set()
        while queues:
            await lease.secure()
            wave = [queue.pop() for queue in queues.values()]
            self._sent += wave
            results = await self._bus.send_all([_outgoing(item) for item in wave], ANSWER_SECONDS)
            failures = [result for result in results if result is not None]
            for item, result in zip(wave, results, strict=True):
                if result is None:
                    done.add(item["id"])
                    telemetry.OUTBOX_PUBLISHED.labels(item["topic"]).inc()
            if failures:
                return done, failures[0]
            queues = {key: queue for key, queue in queues.items() if queue}
        return done, None

    async def _keep(self, lease: Lease) -> None:
        await lease.keep()
        self._sent.clear()
        telemetry.OUTBOX_PENDING.set(lease.pending)

    async def _send_again(self, connection: Any, lease: Lease) -> None:
        """Make the newest event of each key the last one in its topic, after somebody may have sent an older one late."""
        doubtful, self._again = self._again, set()
        rows = await connection.fetch(NEWEST, min(doubtful), lease.position.upto, list(doubtful))
        log.warning("sent_again_after_a_frozen_relay", events=len(rows))
        _, failure = await self._publish([item for item in rows if item["id"] in lease.position], lease)
        if failure is not None:
            self._again |= doubtful
            raise failure

    async def _leave(self, connection: Any, lease: Lease) -> None:
        """Give the lease back; if it was lost, tell the new holder what we may have sent after its beginning."""
        await lease.give_back()
        if await seconds_left(connection) > 0 and self._sent:
            doubtful = [str(item["id"]) for item in self._sent if TOPICS[item["topic"]].compacted]
            for first in range(0, max(1, len(doubtful)), TOLD_AT_ONCE):
                told = " ".join(doubtful[first : first + TOLD_AT_ONCE])
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, told)
        else:
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, FREE)
        self._sent.clear()

    async def _written(self, seconds: float) -> bool:
        """Wait until something was written, at most `seconds`; return whether it was."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._db.outbox_written.wait()
        written = self._db.outbox_written.is_set()
        self._db.outbox_written.clear()
        return written


async def _next(connection: Any, position: Position) -> tuple[list[Any], float | None]:
    """Return what to publish now, ascending: what is newest, what waits of the same keys, and some of what was passed.

    And after how many seconds to look again, None where there was no more.
    """
    new = await connection.fetch(NEW, position.upto, BATCH)
    if len(new) == BATCH and (highest := await connection.fetchval(HIGHEST)) - position.upto <= CROWD:
        position.pass_by(highest, now())
        new = []
    if not position.gaps:
        return list(new), 0.0 if len(new) == BATCH else None
    gaps = [gap.low for gap in position.gaps], [gap.high for gap in position.gaps]
    late = await connection.fetch(LATE, *gaps, BATCH)
    pause = 0.0 if BATCH in (len(late), len(new)) else None
    if len(late) == BATCH and late[0]["created_at"] == late[-1]["created_at"]:
        late, pause = late[:CROWD_BATCH], CROWD_SECONDS
    # Read last: what a row that was seen comes after has been committed by then.
    earlier = await connection.fetch(EARLIER, *gaps, [row["key"] for row in new], MOST_EARLIER + 1) if new else []
    if len(earlier) > MOST_EARLIER:
        # Who writes again has written very much: it goes with the crowd.
        position.pass_by(new[-1]["id"], now())
        new, earlier, pause = [], [], 0.0
    rows = sorted({row["id"]: row for row in (*late, *earlier, *new)}.values(), key=itemgetter("id"))
    return rows, pause


def _outgoing(item: Any) -> Outgoing:
    return Outgoing(
        topic=item["topic"],
        key=item["key"],
        event_id=item["event_id"],
        type=item["type"],
        time=item["created_at"],
        value=item["payload"].encode(),
        crowd=item["crowd"],
    )
