"""The statements of the outbox's relay, and its right to publish: a row with an expiry that one relay at a time holds.

A holder that died or was frozen is replaced when its time is up, without anybody noticing its end; `fence` grows with each
new holder, and what the old one still writes is refused. In the same row is how far the outbox is published.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from asyncpg import Range

from libs.chassis.messaging.outbox_position import Gap, Position
from libs.contracts.registry import EVENTS

HELD = timedelta(seconds=10)
# Before this much is left it is renewed: what is sent now has its answer, or is given up, within it.
MARGIN = 7.0

TAKE = """
WITH known AS (SELECT epoch, epoch <> $1 AS lost FROM outbox_relay WHERE expires_at <= clock_timestamp() FOR UPDATE)
UPDATE outbox_relay r SET fence = r.fence + 1, expires_at = clock_timestamp() + $2, epoch = $1,
    upto = CASE WHEN known.lost THEN 0 ELSE r.upto END,
    missing = CASE WHEN known.lost THEN '{}' ELSE r.missing END
FROM known
RETURNING r.fence, r.upto, r.missing, r.purged, coalesce(known.lost, false) AS lost
"""
LEFT = "SELECT extract(epoch FROM expires_at - clock_timestamp())::float8 FROM outbox_relay"
# What is not published yet lies above the position or in its gaps: ids are dense but for the few whose transactions failed.
UNPUBLISHED = """
greatest(0, coalesce((SELECT max(id) FROM outbox), 0) - greatest(upto, purged))
    + (SELECT coalesce(sum(upper(gap) - lower(gap)), 0)::bigint FROM unnest(missing) gap)
"""
KEEP = f"""
UPDATE outbox_relay SET upto = $2, missing = $3, expires_at = clock_timestamp() + $4 WHERE fence = $1
RETURNING {UNPUBLISHED}
"""
WAITING = f"SELECT {UNPUBLISHED} FROM outbox_relay"
GIVE_BACK = "UPDATE outbox_relay SET expires_at = '-infinity' WHERE fence = $1"

COLUMNS = (
    "id, event_id, topic, key, type, payload::text AS payload, created_at, payload @> '{\"crowd\": true}' AS crowd"
)
NEW = f"SELECT {COLUMNS} FROM outbox WHERE id > $1 ORDER BY id LIMIT $2"
# The ids first, from their index alone: a crowd in thousands of gaps would be read whole for the few that go next.
LATE = f"""
SELECT {COLUMNS} FROM outbox WHERE id IN (
    SELECT o.id FROM unnest($1::bigint[], $2::bigint[]) AS gap (low, high)
    CROSS JOIN LATERAL (SELECT id FROM outbox WHERE id BETWEEN gap.low AND gap.high ORDER BY id LIMIT $3) o
    ORDER BY o.id LIMIT $3
) ORDER BY id
"""
HIGHEST = "SELECT max(id) FROM outbox"
# What waits of the keys of newer rows; not by an index, which every write would pay for.
EARLIER = f"""
SELECT o.* FROM unnest($1::bigint[], $2::bigint[]) AS gap (low, high)
CROSS JOIN LATERAL (SELECT {COLUMNS} FROM outbox WHERE id BETWEEN gap.low AND gap.high AND key = ANY ($3::text[])) o
LIMIT $4
"""
KEPT = f"SELECT {COLUMNS} FROM outbox_latest WHERE id > $1 ORDER BY id LIMIT $2"
RUNNING = """
SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s
"""
# The newest published event of every key that these rows are about.
NEWEST = f"""
SELECT DISTINCT ON (topic, key) {COLUMNS} FROM outbox
WHERE id BETWEEN $1 AND $2 AND (topic, key) IN (SELECT topic, key FROM outbox WHERE id = ANY($3::bigint[]))
ORDER BY topic, key, id DESC
"""
# Rows go in the order of their ids and never past what is published, one lock of the relay's row at a time. A compacted
# topic must stay whole after a republication, so the newest row of each of its keys moves to `outbox_latest`.
PURGE = """
WITH relay AS MATERIALIZED (
    SELECT least(upto, lower(missing) - 1) AS upto FROM outbox_relay WHERE expires_at > clock_timestamp() FOR UPDATE
), old AS MATERIALIZED (
    SELECT id, bool_and(created_at < $1) OVER (ORDER BY id) AS over FROM (
        SELECT id, created_at FROM outbox ORDER BY id LIMIT $2
    ) first WHERE id <= (SELECT upto FROM relay)
), gone AS (
    DELETE FROM outbox WHERE id <= (SELECT max(id) FROM old WHERE over)
    RETURNING id, event_id, topic, key, type, payload, created_at
), kept AS (
    INSERT INTO outbox_latest AS l (id, event_id, topic, key, type, payload, created_at)
    SELECT DISTINCT ON (topic, key) id, event_id, topic, key, type, payload, created_at FROM gone
    WHERE type = ANY($3::text[]) ORDER BY topic, key, id DESC
    ON CONFLICT (topic, key) DO UPDATE SET id = excluded.id, event_id = excluded.event_id, type = excluded.type,
        payload = excluded.payload, created_at = excluded.created_at
    WHERE l.id < excluded.id
), noted AS (
    UPDATE outbox_relay SET purged = (SELECT max(id) FROM gone) WHERE EXISTS (SELECT FROM gone)
)
SELECT count(*) FROM gone
"""


class LeaseLost(ConnectionError):
    """Another relay has taken over the outbox, because this one was not heard of in time."""


def now() -> float:
    """Return seconds that also pass while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """What the holder knows of its right, and `position`, which is kept in the same row."""

    def __init__(self, connection: Any, row: Any, until: float) -> None:
        self._connection = connection
        self._until = until
        self.fence: int = row["fence"]
        self.purged: int = row["purged"]  # rows up to here are gone, but for the newest of each key in `outbox_latest`
        self.epoch_changed: bool = row["lost"]
        self.position = Position(row["upto"], [Gap(r.lower, r.upper - 1, now()) for r in row["missing"]])
        self.pending = 0

    @classmethod
    async def take(cls, connection: Any, epoch: str) -> Self | None:
        """Take the right if nobody holds it; on another epoch of the broker the position goes back to the beginning."""
        until = now() + HELD.total_seconds()
        row = await connection.fetchrow(TAKE, epoch, HELD)
        return cls(connection, row, until) if row else None

    async def secure(self) -> None:
        """Renew where less than the margin is left; raise `LeaseLost` where it is too late."""
        if self._until - now() < MARGIN:
            await self.keep()

    async def keep(self) -> None:
        """Write the position down and renew; raise `LeaseLost` when another holds the right."""
        missing = [Range(gap.low, gap.high + 1) for gap in self.position.gaps]
        until = now() + HELD.total_seconds()
        pending = await self._connection.fetchval(KEEP, self.fence, self.position.upto, missing, HELD)
        if pending is None:
            raise LeaseLost(LeaseLost.__doc__)
        self._until, self.pending = until, pending

    async def give_back(self) -> None:
        """Let another relay begin at once."""
        await self._connection.execute(GIVE_BACK, self.fence)


async def seconds_left(connection: Any) -> float:
    """Return for how long another relay holds the right."""
    return max(0.0, float(await connection.fetchval(LEFT)))


def published(rows: Sequence[Any], done: set[int], position: Position) -> list[int]:
    """Return which ids to note of rows in ascending order: above the position only those before the first that failed."""
    noted = []
    for row in rows:
        if row["id"] in done:
            noted.append(row["id"])
        elif row["id"] > position.upto:
            break
    return noted


async def purge(connection: Any, before: datetime, limit: int) -> int:
    """Delete published rows from before a time, the oldest of them, and return how many; nothing while no relay works."""
    kinds = [name for name, kind in EVENTS.items() if kind.TOPIC.compacted]
    return int(await connection.fetchval(PURGE, before, limit, kinds))
