"""Dead letters: events that a consumer could not digest, kept with the reason until somebody looks at them."""

from __future__ import annotations

from aiokafka import ConsumerRecord
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

REASON_LENGTH = 2_000

# A record that comes again, after a crash or from a broker that lost its data, is not put aside twice.
_PUT = text(
    "INSERT INTO dead_letters (consumer, topic, partition, position, event_id, type, value, reason)"
    " SELECT :consumer, :topic, :partition, :position, :event_id, :type, :value, :reason WHERE NOT EXISTS ("
    " SELECT 1 FROM dead_letters WHERE consumer = :consumer AND topic = :topic AND event_id IS NOT DISTINCT FROM :event_id"
    " AND value IS NOT DISTINCT FROM :value)"
)


def header(record: ConsumerRecord, name: str) -> str | None:
    """Return a header of a record as text, however broken."""
    return dict(record.headers or ()).get(name, b"").decode(errors="replace") or None


async def put(session: AsyncSession, consumer: str, record: ConsumerRecord, error: Exception) -> str:
    """Keep a record that cannot be applied; return the reason as it is kept."""
    reason = f"{type(error).__name__}: {error}"[:REASON_LENGTH]
    values = {
        "consumer": consumer, "topic": record.topic, "partition": record.partition, "position": record.offset,
        "event_id": header(record, "ce_id"), "type": header(record, "ce_type"), "value": record.value, "reason": reason,
    }  # fmt: skip
    await session.execute(_PUT, values)
    return reason
