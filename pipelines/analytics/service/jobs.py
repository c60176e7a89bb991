"""The daily jobs: Spark SQL in `jobs/`, run by whichever engine there is, a day at a time and again when that day has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from libs.chassis import telemetry
from pipelines.analytics.domain import MODELLED, days_kept
from pipelines.analytics.repository import Repository
from pipelines.analytics.tables import Lake, rows_by_day

log = telemetry.logger(__name__)

FOLDER = Path(__file__).resolve().parents[1] / "jobs"


@dataclass(frozen=True, slots=True)
class Job:
    """Makes `lake.<name>`: from a raw table, of which it reads `after` days past its day too, or `of` another job's same day."""

    name: str
    raw: str = ""
    after: int = 0
    of: str = ""

    @property
    def table(self) -> str:
        return f"{MODELLED}.{self.name}"

    def sql(self, day: date) -> str:
        text = (FOLDER / f"{self.name}.sql").read_text()
        return text.replace("{day}", f"CAST('{day.isoformat()}' AS DATE)")


# In the order in which they stand on each other. A session ends within two days, a view is told again within two more.
JOBS = (
    Job("sessions", raw="raw.playback_sessions", after=2),
    Job("views", raw="raw.events_views", after=3),
    Job("charges", raw="raw.billing_charges", after=1),
    Job("daily_titles", of="views"),
    Job("daily_quality", of="views"),
    Job("daily_accounts", of="views"),
    Job("training_plays", of="views"),
)


class Engine(Protocol):
    """What runs Spark SQL over the tables."""

    def replace(self, table: str, day: date, sql: str) -> int:
        """Make the answer what a table holds of a day, the table too where it is not there; return how many rows that are."""
        ...


def run_due(lake: Lake, repository: Repository, engine: Engine, now: datetime | None = None) -> int:
    """Run every job for every day that it has not seen as it is now, today included; return how many runs there were.

    What a run was made of is noted as how many rows each day had that it read. Rows are only ever added there, so late ones bring
    it back, and files that are put together do not.
    """
    today = (now or datetime.now(UTC)).date()
    ran = 0
    for job in JOBS:
        known = repository.runs()
        # Of a day whose raw rows have gone in part nothing can be made that is as it was.
        first = today - timedelta(days=days_kept(job.raw or job.table))
        for day, inputs in sorted(_days(job, lake, known)):
            if first <= day <= today and known.get((job.name, day)) != inputs:
                rows = engine.replace(job.table, day, job.sql(day))
                repository.ran(job.name, day, inputs, rows)
                log.info("job_ran", job=job.name, day=day.isoformat(), rows=rows)
                ran += 1
        if lake.find(job.table) is None:  # so that it can be asked, and answers with nothing
            engine.replace(job.table, today, job.sql(today))
    return ran


def _days(job: Job, lake: Lake, known: dict[tuple[str, date], str]) -> Iterator[tuple[date, str]]:
    """Yield the days of which a job has something to say, each with what it would be made of."""
    if job.of:
        yield from ((day, inputs) for (name, day), inputs in known.items() if name == job.of)
        return
    table = lake.find(job.raw)
    held = rows_by_day(table) if table else {}
    for day in {day - timedelta(days=back) for day in held for back in range(job.after + 1)}:
        yield day, " ".join(str(held.get(day + timedelta(days=more), 0)) for more in range(job.after + 1))
