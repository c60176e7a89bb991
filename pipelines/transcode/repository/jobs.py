"""The tables of procrastinate, the queue: how long what is done stays in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from libs.chassis.data.lifetimes import Chore, Forever, Rule

# A job's events say when it ended; they go with it.
FORGET = """
DELETE FROM procrastinate_jobs WHERE id = ANY (ARRAY(
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
        AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id AND e.at >= $1)
    ORDER BY j.id LIMIT $2 FOR UPDATE SKIP LOCKED))
"""


async def forget(connection: Any, before: datetime, limit: int) -> int:
    """Delete jobs that ended before then, at most `limit`; return how many."""
    return int((await connection.execute(FORGET, before, limit)).split()[-1])


TABLES: Mapping[str, Rule] = {
    "procrastinate_jobs": Chore(timedelta(days=30), forget),
    "procrastinate_events": Forever("a few for each job, gone with it"),
    "procrastinate_workers": Forever("one row for each worker: the others remove those that are gone"),
    "procrastinate_periodic_defers": Forever("nothing here is periodic"),
}
