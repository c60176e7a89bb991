"""Who met which arm, what each profile watched on each day, and what both add up to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database
from libs.contracts.experiments import ExperimentChanged
from services.events.domain import Run
from services.events.models.experiments import Experiment

# So many days before a profile's first exposure tell what it was like.
BEFORE = timedelta(days=14)

_EXPOSE = text(
    """INSERT INTO exposures AS e (experiment, profile_id, account_id, arm, country, app, app_version, first_at)
    SELECT DISTINCT ON (experiment, profile_id) experiment, profile_id, account_id, arm, country, app, app_version, first_at
    FROM jsonb_populate_recordset(NULL::exposures, CAST(:rows AS jsonb)) ORDER BY experiment, profile_id, first_at
    ON CONFLICT (experiment, profile_id) DO UPDATE SET first_at = excluded.first_at WHERE excluded.first_at < e.first_at"""
)
_ADD = text(
    """INSERT INTO profile_days AS d (profile_id, day, account_id, plays, watched, failed, startups, startup_ms, stalled)
    SELECT profile_id, day, min(account_id::text)::uuid, sum(plays), sum(watched), sum(failed), sum(startups),
      sum(startup_ms), sum(stalled)
    FROM jsonb_populate_recordset(NULL::profile_days, CAST(:rows AS jsonb)) GROUP BY profile_id, day ORDER BY profile_id, day
    ON CONFLICT (profile_id, day) DO UPDATE SET plays = d.plays + excluded.plays, watched = d.watched + excluded.watched,
      failed = d.failed + excluded.failed, startups = d.startups + excluded.startups,
      startup_ms = d.startup_ms + excluded.startup_ms, stalled = d.stalled + excluded.stalled"""
)
# Measure → a profile's value of it from its days since (`a`), the same from those before (`b`); NULL where it has none.
MEASURES = {
    "watched_minutes": ("a.watched / 60", "b.watched / 60"),
    "returned": ("(a.later > 0)::int", "(b.days > 0)::int"),
    "startup_ms": ("a.startup_ms / nullif(a.startups, 0)", "b.startup_ms / nullif(b.startups, 0)"),
    "rebuffer_ratio": ("a.stalled / nullif(a.stalled + a.watched, 0)", "b.stalled / nullif(b.stalled + b.watched, 0)"),
    "failed_share": ("a.failed::float8 / nullif(a.plays, 0)", "b.failed::float8 / nullif(b.plays, 0)"),
}
# What profiles can be told apart by → the expression for it.
SEGMENTS = {"country": "e.country", "app": "e.app"}
_DAYS = """SELECT coalesce(sum(plays), 0) AS plays, coalesce(sum(watched), 0) AS watched, coalesce(sum(failed), 0) AS failed,
  coalesce(sum(startups), 0) AS startups, coalesce(sum(startup_ms), 0) AS startup_ms, coalesce(sum(stalled), 0) AS stalled,
  count(*) AS days, count(*) FILTER (WHERE day > (e.first_at AT TIME ZONE 'UTC')::date) AS later
  FROM profile_days d WHERE d.profile_id = e.profile_id"""


class Met(NamedTuple):
    """A profile met its arm of an experiment."""

    experiment: str
    profile_id: UUID
    account_id: UUID
    arm: str
    country: str
    app: str
    app_version: str
    first_at: datetime


class Day(NamedTuple):
    """What is to be added to a profile's day."""

    profile_id: UUID
    day: date
    account_id: UUID
    plays: int
    watched: float
    failed: int
    startups: int
    startup_ms: float
    stalled: float


async def runs(db: Database, names: Collection[str]) -> dict[str, Run]:
    """Return which of these experiments there are, and when they ran."""
    query = "SELECT name, definition, started_at, stopped_at FROM experiments WHERE name = ANY($1)"
    return {row["name"]: _run(row) for row in await db.pool.fetch(query, list(names))}


async def runs_in(session: AsyncSession, names: Collection[str]) -> dict[str, Run]:
    """Return the same as this transaction sees it."""
    columns = select(Experiment.name, Experiment.definition, Experiment.started_at, Experiment.stopped_at)
    found = await session.execute(columns.where(Experiment.name.in_(names)))
    return {row["name"]: _run(row) for row in found.mappings()}


def _run(row: Any) -> Run:
    return Run(ExperimentChanged.model_validate(row["definition"]), row["started_at"], row["stopped_at"])


async def expose(session: AsyncSession, met: Sequence[Met]) -> None:
    """Keep when each profile met its arm first."""
    if met:
        await session.execute(_EXPOSE, {"rows": orjson.dumps([each._asdict() for each in met]).decode()})


async def add(session: AsyncSession, days: Sequence[Day]) -> None:
    """Add to profiles' days."""
    if days:
        await session.execute(_ADD, {"rows": orjson.dumps([each._asdict() for each in days]).decode()})


async def counts(db: Database, experiment: str, until: datetime | None) -> list[dict[str, Any]]:
    """How many profiles met each arm before the experiment was stopped."""
    rows = await db.pool.fetch(
        "SELECT arm, count(*) AS profiles FROM exposures"
        " WHERE experiment = $1 AND first_at <= coalesce($2, 'infinity'::timestamptz) GROUP BY arm ORDER BY arm",
        experiment, until,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def sums(
    db: Database, experiment: str, measure: str, until: datetime | None, segment: str | None = None
) -> list[dict[str, Any]]:
    """Return what a measure of `MEASURES` adds up to by arm, and by a segment of `SEGMENTS`.

    Where it was stopped, at `until`, by those who had met their arm then, and to the end of that day: what they do afterwards
    they do without it.
    """
    after, before = MEASURES[measure]
    rows = await db.pool.fetch(
        f"""WITH units AS (
            SELECT e.arm, {SEGMENTS[segment] if segment else "NULL::text"} AS segment, ({after})::float8 AS y,
              coalesce(({before})::float8, 0) AS x
            FROM exposures e
            CROSS JOIN LATERAL ({_DAYS} AND d.day >= (e.first_at AT TIME ZONE 'UTC')::date
              AND d.day <= coalesce(($3::timestamptz AT TIME ZONE 'UTC')::date, 'infinity'::date)) a
            CROSS JOIN LATERAL ({_DAYS} AND d.day < (e.first_at AT TIME ZONE 'UTC')::date
              AND d.day >= (e.first_at AT TIME ZONE 'UTC')::date - $2::int) b
            WHERE e.experiment = $1 AND e.first_at <= coalesce($3, 'infinity'::timestamptz))
        SELECT arm, segment, count(*) AS n, sum(y) AS y, sum(y * y) AS yy, sum(x) AS x, sum(x * x) AS xx, sum(x * y) AS xy
        FROM units WHERE y IS NOT NULL GROUP BY arm, segment ORDER BY segment, arm""",  # noqa: S608
        experiment, BEFORE.days, until,
    )  # fmt: skip
    return [dict(row) for row in rows]
