"""Dead letters: events that a consumer could not digest, kept with the reason until somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from aiokafka import ConsumerRecord
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.messaging import forgetting

REASON_LENGTH = 2_000

# A record that comes again, after a crash or from a broker that lost its data, is not put aside twice.
_PUT = text(
    "INSERT INTO dead_letters (consumer, topic, partition, position, event_id, type, key, happened_at, value, reason, names)"
    " SELECT :consumer, :topic, :partition, :position, :event_id, :type, :key, :happened_at, :value, :reason,"
    " CAST(:names AS uuid[]) WHERE NOT EXISTS ("
    " SELECT 1 FROM dead_letters WHERE consumer = :consumer AND topic = :topic AND event_id IS NOT DISTINCT FROM :event_id"
    " AND value IS NOT DISTINCT FROM :value)"
)

# What was done to a letter outlives it: the same event, read from its topic again, is no new one.
_SETTLED = text(
    "SELECT EXISTS (SELECT FROM dead_letter_acts WHERE event_id = :event_id AND consumer = :consumer AND topic = :topic"
    " AND act IN ('applied', 'dropped'))"
)
_DROPPED = text(
    "SELECT event_id FROM dead_letter_acts WHERE event_id = ANY (CAST(:ids AS text[])) AND consumer = :consumer"
    " AND topic = :topic AND act = 'dropped'"
)

# What became of a record that cannot be applied: it is among the letters; somebody applied or dropped its letter before; it is
# of somebody who is gone.
Fate = Literal["aside", "settled", "forgotten"]


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `happened_at` is the event's time as it was written; what was put aside before it was kept has none."""

    id: int
    consumer: str
    topic: str
    partition: int
    position: int
    event_id: str | None
    type: str | None
    key: str | None
    happened_at: str | None
    value: bytes | None
    reason: str
    created_at: datetime

    def record(self) -> ConsumerRecord:
        """The record as it came."""
        headers = {
            "ce_id": self.event_id,
            "ce_type": self.type,
            "ce_time": self.happened_at or self.created_at.isoformat(),
        }
        return ConsumerRecord(
            topic=self.topic, partition=self.partition, offset=self.position, timestamp=0, timestamp_type=0,
            key=(self.key or "").encode(), value=self.value, checksum=None, serialized_key_size=0, serialized_value_size=0,
            headers=tuple((name, value.encode()) for name, value in headers.items() if value is not None),
        )  # fmt: skip


_COLUMNS = ", ".join(Letter.__slots__)

End = Literal["applied", "dropped"]
Act = Literal[End, "mended"]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a letter: `actor` is the member of staff, None where it was the command line."""

    id: int
    letter_id: int
    act: Act
    actor: UUID | None
    consumer: str
    topic: str
    event_id: str | None
    type: str | None
    at: datetime


_DONE = ", ".join(Done.__slots__)
# What is done and that it was done hold together, or neither does.
_TAKE = text("""
    WITH gone AS (DELETE FROM dead_letters WHERE id = :id RETURNING id, consumer, topic, event_id, type)
    INSERT INTO dead_letter_acts (letter_id, act, actor, consumer, topic, event_id, type)
    SELECT id, :act, :actor, consumer, topic, event_id, type FROM gone RETURNING 1
""")
_MEND = text("""
    WITH mended AS (
        UPDATE dead_letters SET value = :value, names = CAST(:names AS uuid[]),
            reason = 'mended by hand; before: ' || reason WHERE id = :id
        RETURNING id, consumer, topic, event_id, type
    )
    INSERT INTO dead_letter_acts (letter_id, act, consumer, topic, event_id, type)
    SELECT id, 'mended', consumer, topic, event_id, type FROM mended
""")


def header(record: ConsumerRecord, name: str) -> str | None:
    """Return a header of a record as text, however broken."""
    return _text(dict(record.headers or ()).get(name)) or None


def _text(found: bytes | str | None) -> str:
    """Return something as the database can keep it as text, which a NUL cannot be."""
    text = found.decode(errors="replace") if isinstance(found, bytes) else found or ""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def said(error: Exception) -> str:
    """Return an error as the reason of a letter."""
    return _text(f"{type(error).__name__}: {error}"[:REASON_LENGTH])


async def put(session: AsyncSession, consumer: str, record: ConsumerRecord, error: Exception) -> Fate:
    """Keep a record that cannot be applied, unless it is settled or nothing of whom it names may be kept; return which."""
    values = {
        "consumer": consumer, "topic": record.topic, "partition": record.partition, "position": record.offset,
        "event_id": header(record, "ce_id"), "type": header(record, "ce_type"),
        "key": _text(record.key),
        "happened_at": header(record, "ce_time"), "value": record.value, "reason": said(error),
    }  # fmt: skip
    names = forgetting.named(values["type"], values["key"], record.value)
    if await forgetting.is_gone(session, names):
        return "forgotten"
    if (await session.execute(_SETTLED, values)).scalar():
        return "settled"
    await session.execute(_PUT, {**values, "names": names})
    return "aside"


async def dropped(session: AsyncSession, consumer: str, records: Sequence[ConsumerRecord]) -> set[str]:
    """Return the event ids of those of these records, all of one topic, whose letters were dropped: they are never applied."""
    ids = [event_id for record in records if (event_id := header(record, "ce_id"))]
    if not ids:
        return set()
    rows = await session.execute(_DROPPED, {"ids": ids, "consumer": consumer, "topic": records[0].topic})
    return set(rows.scalars())


async def newest(session: AsyncSession, limit: int, before: int | None = None) -> list[Letter]:
    """Return the letters that were put aside last, or last before another one, the newest first."""
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM dead_letters WHERE id < coalesce(CAST(:before AS bigint), id + 1)"  # noqa: S608
            " ORDER BY id DESC LIMIT :limit"
        ),
        {"before": before, "limit": limit},
    )
    return [Letter(*row) for row in rows]


async def get(session: AsyncSession, letter_id: int) -> Letter | None:
    """Return a letter; None where there is none of this id."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM dead_letters WHERE id = :id"),  # noqa: S608
        {"id": letter_id},
    )
    row = rows.first()
    return Letter(*row) if row is not None else None


async def in_order(session: AsyncSession, ids: Sequence[int] = ()) -> list[int]:
    """Return the ids of all letters, or of those of these that there are, in the order in which they would have been applied."""
    rows = await session.execute(
        text(
            "SELECT id FROM dead_letters WHERE :all OR id = ANY (CAST(:ids AS bigint[]))"
            " ORDER BY consumer, topic, partition, position, id"
        ),
        {"all": not ids, "ids": list(ids)},
    )
    return list(rows.scalars())


async def mend(session: AsyncSession, letter_id: int, value: bytes) -> None:
    """Put another content into a letter, which its reason says from then on."""
    letter = await get(session, letter_id)
    if letter is not None:
        names = forgetting.named(letter.type, letter.key, value)
        await session.execute(_MEND, {"id": letter_id, "value": value, "names": names})


async def take(session: AsyncSession, letter_id: int, act: End, actor: UUID | None = None) -> bool:
    """Take a letter away for as long as the transaction holds, and note by whom and why; False where somebody else did."""
    gone = await session.execute(_TAKE, {"id": letter_id, "act": act, "actor": actor})
    return gone.first() is not None


async def ends(session: AsyncSession, ids: Sequence[int]) -> dict[int, End]:
    """Return what became of those of these letters that are no more: applied or dropped."""
    rows = await session.execute(
        text(
            "SELECT letter_id, act FROM dead_letter_acts"
            " WHERE letter_id = ANY (CAST(:ids AS bigint[])) AND act IN ('applied', 'dropped')"
        ),
        {"ids": list(ids)},
    )
    return {row.letter_id: row.act for row in rows}


async def log(session: AsyncSession, limit: int, before: int | None = None) -> list[Done]:
    """Return what was done to letters last, or last before another entry, the newest first."""
    rows = await session.execute(
        text(
            f"SELECT {_DONE} FROM dead_letter_acts WHERE id < coalesce(CAST(:before AS bigint), id + 1)"  # noqa: S608
            " ORDER BY id DESC LIMIT :limit"
        ),
        {"before": before, "limit": limit},
    )
    return [Done(*row) for row in rows]
