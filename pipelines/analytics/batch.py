"""The daily jobs on Spark: `python -m pipelines.analytics.batch`, as the Spark operator's manifest runs it."""

from __future__ import annotations

from libs.chassis import telemetry
from libs.chassis.settings import load
from libs.contracts.registry import TOPICS
from pipelines.analytics.domain import raw_name
from pipelines.analytics.engines.spark import Spark, session
from pipelines.analytics.repository import Repository
from pipelines.analytics.service import jobs
from pipelines.analytics.settings import Settings
from pipelines.analytics.tables import Lake

log = telemetry.logger(__name__)


def main() -> None:
    """Run what is due, once, and end."""
    settings = load(Settings)
    telemetry.configure("lake-batch", settings.log_level, settings.log_format)
    lake, repository = Lake(settings.database_url, settings.object_store_url), Repository(settings.database_url)
    with repository.alone() as alone:
        if not alone:
            log.info("jobs_run_elsewhere")
            return
        for topic in TOPICS:
            lake.raw(raw_name(topic))
        spark = session(lake)
        try:
            ran = jobs.run_due(lake, repository, Spark(spark))
        finally:
            spark.stop()
    log.info("jobs_done", runs=ran)


if __name__ == "__main__":
    main()
