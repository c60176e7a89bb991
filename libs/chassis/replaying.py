"""Making things again: a projection from its topic, a topic from its owner's outbox."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text

from libs.chassis.consumers import Consumer
from libs.chassis.database import Database
from libs.chassis.messaging import Bus
from libs.contracts.envelope import TOPICS

CONNECT_SECONDS = 30
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


async def replay(consumer: Consumer, bus: Bus, topic: str) -> int:
    """Apply what a topic holds now, from its beginning; return how many records there were.

    The service may run meanwhile: versions decide between what it applies and what is applied here.
    """
    async with asyncio.timeout(CONNECT_SECONDS):
        await bus.ready()
    reader = AIOKafkaConsumer(**bus.client, group_id=None, request_timeout_ms=15_000)
    await reader.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(TOPICS[topic].partitions)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        count = 0
        while True:
            found = await reader.getmany(timeout_ms=2_000)
            for records in found.values():
                await consumer.apply(records)
                count += len(records)
            if not found and await _all_read(reader, partitions):
                return count
    finally:
        await reader.stop()


async def _all_read(reader: AIOKafkaConsumer, partitions: list[TopicPartition]) -> bool:
    ends = [reader.highwater(partition) for partition in partitions]
    places = [await reader.position(partition) for partition in partitions]
    return all(end is None or place >= end for place, end in zip(places, ends, strict=True))


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
