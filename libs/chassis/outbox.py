"""The transactional outbox: events commit with the write that causes them, and a relay publishes them in order per key."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis import telemetry
from libs.chassis.database import Database
from libs.chassis.ids import new_id
from libs.chassis.messaging import Bus, Outgoing
from libs.chassis.parts import finish
from libs.contracts.envelope import TOPICS, Event

log = telemetry.logger(__name__)

BATCH = 500
IDLE_SECONDS = 0.1
# How long a published row stays, to be sent again to a broker that lost its data. The inbox remembers longer than this.
KEEP = timedelta(days=7)
PURGE_EVERY = 600.0

INSERT = "INSERT INTO outbox (event_id, topic, key, type, payload) VALUES ($1, $2, $3, $4, $5)"


def row(event: Event) -> tuple[UUID, str, str, str, dict[str, Any]]:
    """Return the values of `INSERT` for an event, for statements that write it together with other rows."""
    return new_id(), event.TOPIC, event.key(), event.TYPE, event.model_dump(mode="json")


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
    """The same on an asyncpg connection that is inside a transaction."""
    if events:
        await connection.executemany(INSERT, [row(event) for event in events])


class Relay:
    """A part: publishes the outbox. Any number may run; an advisory lock lets one at a time work.

    Order per key holds because a key's next event is sent only after the one before it was acknowledged. A row is marked
    only after the broker's acknowledgement, so a crash repeats events and never loses one. When the broker comes back
    without its data (another epoch), everything still kept is published again.
    """

    name = "outbox"
    required = False

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db = db
        self._bus = bus
        self._task: asyncio.Task[None] | None = None
        self._problem: str | None = "not started"
        self._epoch: str | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="outbox-relay")

    async def stop(self) -> None:
        await finish(self._task)

    async def check(self) -> None:
        if self._problem:
            raise RuntimeError(self._problem)

    async def _run(self) -> None:
        delay = 0.2
        while True:
            connection: asyncpg.Connection | None = None
            try:
                connection = await self._db.direct()
                if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('bijou.outbox'))"):
                    self._problem = None  # another replica has the work: we are its spare
                    await asyncio.sleep(1)
                    continue
                await _with_json(connection)
                delay = 0.2
                await self._work(connection)
            except Exception as error:
                self._problem = f"{type(error).__name__}: {error}"
                log.warning("outbox_relay_waits", reason=self._problem, seconds=round(delay, 1))
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5)
            finally:
                if connection is not None:
                    connection.terminate()

    async def _work(self, connection: Any) -> None:
        loop = asyncio.get_running_loop()
        purged = loop.time()
        self._epoch = None
        while True:
            epoch = await self._bus.ready()
            if epoch != self._epoch:
                await self._enter_epoch(connection, epoch)
            rows = await connection.fetch(
                "SELECT id, event_id, topic, key, type, payload, created_at FROM outbox"
                " WHERE published_at IS NULL ORDER BY id LIMIT $1",
                BATCH,
            )
            telemetry.OUTBOX_PENDING.set(len(rows))
            done, error = await self._publish(rows)
            if done:
                await connection.execute("UPDATE outbox SET published_at = now() WHERE id = ANY($1::bigint[])", done)
            if error is not None:
                raise error
            self._problem = None
            if loop.time() - purged > PURGE_EVERY:
                purged = loop.time()
                await self._purge(connection)
            if len(rows) < BATCH:
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_SECONDS):
                        await self._db.outbox_written.wait()
                self._db.outbox_written.clear()

    async def _enter_epoch(self, connection: Any, epoch: str) -> None:
        """Compare the broker's epoch with the one this outbox last published to; on a change publish all again."""
        async with connection.transaction():
            known = await connection.fetchval("SELECT epoch FROM broker_epoch WHERE id = 1 FOR UPDATE")
            if known is not None and known != epoch:
                status = await connection.execute(
                    "UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL"
                )
                log.warning("broker_lost_its_data", republishing=int(status.split()[-1]))
            await connection.execute(
                "INSERT INTO broker_epoch (id, epoch) VALUES (1, $1)"
                " ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, seen_at = now()",
                epoch,
            )
        self._epoch = epoch

    async def _publish(self, rows: Sequence[Any]) -> tuple[list[int], Exception | None]:
        """Send rows; return the ids that were acknowledged, and what stopped the others."""
        queues: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for item in rows:
            queues[item["topic"], item["key"]].append(item)
        done: list[int] = []
        failure: Exception | None = None
        while queues and failure is None:
            wave = [queue.pop(0) for queue in queues.values()]
            results = await asyncio.gather(*(self._bus.send(_outgoing(item)) for item in wave), return_exceptions=True)
            for item, result in zip(wave, results, strict=True):
                if isinstance(result, Exception):
                    failure = result
                elif isinstance(result, BaseException):
                    raise result
                else:
                    done.append(item["id"])
                    telemetry.OUTBOX_PUBLISHED.labels(item["topic"]).inc()
            queues = defaultdict(list, {key: queue for key, queue in queues.items() if queue})
        return done, failure

    async def _purge(self, connection: Any) -> None:
        compacted = [topic.name for topic in TOPICS.values() if topic.compacted]
        await connection.execute(
            # A compacted topic must stay whole after a republication, so the newest row of each of its keys is kept.
            "DELETE FROM outbox o WHERE published_at < now() - $2::interval AND (NOT topic = ANY($1::text[]) OR EXISTS"
            " (SELECT 1 FROM outbox n WHERE n.topic = o.topic AND n.key = o.key AND n.id > o.id))",
            compacted,
            KEEP,
        )
        await connection.execute("DELETE FROM inbox WHERE received_at < now() - interval '30 days'")


async def _with_json(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )


def _outgoing(item: Any) -> Outgoing:
    return Outgoing(
        topic=item["topic"],
        key=item["key"],
        event_id=item["event_id"],
        type=item["type"],
        time=item["created_at"],
        value=orjson.dumps(item["payload"]),
    )
