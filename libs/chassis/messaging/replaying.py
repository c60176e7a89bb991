"""Making things again: a projection from its topic, a topic from its owner's outbox."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy import text

from libs.chassis.data.database import Database
from libs.chassis.messaging import dead_letters
from libs.chassis.messaging.bus import Bus, BusUnavailable
from libs.chassis.messaging.consumers import Consumer

CONNECT_SECONDS = 30
WAIT_MS = 2_000
# A broker that has more and does not send it for this long is called away.
SILENCE_SECONDS = 60
CHUNK = 5_000

# The newest event of each of the next keys, under a new number, as the same event: nobody who has applied it minds. Nobody else
# may write meanwhile, or an event could be overtaken by an older one of its key; so it is done a piece at a time.
_LOCK = text("LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE")
_AGAIN = text("""
WITH keys AS MATERIALIZED (
    SELECT key FROM (
        SELECT key FROM outbox WHERE topic = :topic UNION SELECT key FROM outbox_latest WHERE topic = :topic
    ) known WHERE key > :after ORDER BY key LIMIT :limit
), newest AS (
    SELECT DISTINCT ON (key) event_id, topic, key, type, payload FROM (
        SELECT id, event_id, topic, key, type, payload FROM outbox WHERE topic = :topic AND key IN (SELECT key FROM keys)
        UNION ALL
        SELECT id, event_id, topic, key, type, payload FROM outbox_latest
        WHERE topic = :topic AND key IN (SELECT key FROM keys)
    ) known ORDER BY key, id DESC
), again AS (
    INSERT INTO outbox (event_id, topic, key, type, payload) SELECT event_id, topic, key, type, payload FROM newest
)
SELECT count(*), max(key) FROM keys
""")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of the records of a topic, in numbers of them.

    `applied` changed something or were older than what is known; `aside` are dead letters now, or were already. `settled`
    somebody applied or dropped before, as dead letters, and `forgotten` are of somebody who is gone: they stay where they are.
    """

    read: int
    applied: int
    aside: int
    settled: int
    forgotten: int

    @property
    def others(self) -> int:
        """Those left out as nothing that this consumer takes, or applied before and to be applied only once."""
        return self.read - self.applied - self.aside - self.settled - self.forgotten


async def replay(db: Database, consumer: Consumer, bus: Bus, topic: str) -> Replayed:
    """Apply what a topic holds now, from its beginning; return what became of it. Raises `BusUnavailable`.

    What was dropped as a dead letter is not tried, for it is never to be applied. The service may run meanwhile: versions decide
    between what it applies and what is applied here.
    """
    # All partitions that the broker has of it, however many that are.
    reader = AIOKafkaConsumer(
        topic, **bus.client, group_id=None, auto_offset_reset="earliest", request_timeout_ms=15_000
    )
    try:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await bus.ready()
                await reader.start()
                ends = await reader.end_offsets(list(reader.assignment()))
        except TimeoutError:
            raise BusUnavailable(bus.problem or "the broker does not answer") from None
        before = Counter(consumer.applier.became)
        read, dropped = await _apply_up_to(ends, db, consumer, reader)
        became = Counter(consumer.applier.became)
        became.subtract(before)
        return Replayed(read, became["applied"], became["aside"], became["settled"] + dropped, became["forgotten"])
    finally:
        await reader.stop()


async def _apply_up_to(
    ends: dict[TopicPartition, int], db: Database, consumer: Consumer, reader: AIOKafkaConsumer
) -> tuple[int, int]:
    """Return how many records were read, and how many of them left out because they were dropped."""
    count, dropped, heard = 0, 0, time.monotonic()
    # That nothing comes says nothing: the broker may be slow. Its own numbers say where the end is; the local one's first count
    # only the first record of the last batch.
    while any([await reader.position(item) < max(end, reader.highwater(item) or 0) for item, end in ends.items()]):
        found = await reader.getmany(timeout_ms=WAIT_MS)
        for records in found.values():
            wanted = await _without_dropped(db, consumer.group, records)
            await consumer.apply(wanted)
            count += len(records)
            dropped += len(records) - len(wanted)
        if found:
            heard = time.monotonic()
        elif time.monotonic() - heard > SILENCE_SECONDS:
            raise BusUnavailable(f"the broker has sent nothing for {SILENCE_SECONDS} s; {count} records were read")
    return count, dropped


async def _without_dropped(db: Database, group: str, records: list[ConsumerRecord]) -> list[ConsumerRecord]:
    async with db.background() as session:
        gone = await dead_letters.dropped(session, group, records)
    return [record for record in records if dead_letters.header(record, "ce_id") not in gone] if gone else records


async def republish(db: Database, topic: str) -> int:
    """Put the newest event of every key of a topic into the outbox again; return how many."""
    count, after = 0, ""
    more: int
    while True:
        async with db.background() as session:
            session.info["outbox"] = True
            await session.execute(_LOCK)
            more, last = (await session.execute(_AGAIN, {"topic": topic, "after": after, "limit": CHUNK})).one()
        count += more
        if more < CHUNK:
            return count
        after = last
