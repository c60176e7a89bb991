"""HTTP bodies: how good the lake's data is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from libs.chassis.http.examples import example


class TopicQuality(BaseModel):
    """What was taken in of a topic. `newest_at` and `behind_seconds` are null where nothing was, in the last three days."""

    model_config = example(
        topic="events.client", rows=184_220, late=312, duplicates=41, violations=2, newest_at="2026-11-27T20:14:31Z",
        behind_seconds=30.4,
    )  # fmt: skip

    topic: str
    rows: Annotated[int, Field(description="Events taken in.")]
    late: Annotated[int, Field(description="Of those, the ones that came more than an hour after their time.")]
    duplicates: Annotated[int, Field(description="Events that were there already, and left out.")]
    violations: Annotated[int, Field(description="Records that break their contract; they are in raw.rejected.")]
    newest_at: Annotated[datetime | None, Field(description="When rows were last taken in.")]
    behind_seconds: Annotated[
        float | None, Field(description="How long the longest of those had waited in the broker.")
    ]


class NullShare(BaseModel):
    """A column of which some rows of its table's newest day have no value."""

    model_config = example(table="lake.views", column="startup_ms", share=0.031)

    table: str
    column: str
    share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, description="Of the day's rows.")]


class DataQuality(BaseModel):
    """How good the lake's data is."""

    model_config = example(since="2026-11-26T20:15:00Z", until="2026-11-27T20:15:00Z")

    since: datetime
    until: datetime
    topics: list[TopicQuality]
    nulls: list[NullShare]
