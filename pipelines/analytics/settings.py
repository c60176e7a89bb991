"""Every setting of the lake."""

from __future__ import annotations

from pydantic import Field

from libs.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """The lake needs its database, the broker and the object store.

    A topic's rows are committed when `flush_rows` of them wait, or `flush_seconds` after the first. `most_ids` bounds the
    memory for event ids that were taken in, 16 bytes each, of all topics together: more days at once than fit are read from the
    tables again, and the day at hand is kept whole, however many ids it has.
    Every `jobs_seconds` the daily jobs are run for the days that changed.
    """

    database_url: str
    kafka_bootstrap: str
    object_store_url: str
    flush_seconds: float = Field(default=30, gt=0, le=3600)
    flush_rows: int = Field(default=50_000, ge=1, le=1_000_000)
    jobs_seconds: float = Field(default=300, gt=0)
    most_ids: int = Field(default=20_000_000, ge=100_000)
