"""How good the lake's data is, as metrics: how late, how often twice, how much of it missing or not as agreed."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
from prometheus_client import Counter, Gauge

LATE_SECONDS = 3_600

ROWS = Counter("bijou_lake_rows_total", "Rows taken in", ["topic"])
DUPLICATES = Counter("bijou_lake_duplicates_total", "Events that were there already, and left out", ["topic"])
LATE = Counter("bijou_lake_late_rows_total", "Rows taken in more than an hour after their time", ["topic"])
VIOLATIONS = Counter("bijou_lake_violations_total", "Records that break their contract, put aside", ["topic", "reason"])
LAG = Gauge("bijou_lake_lag_records", "Records of the topic that are not in the table yet", ["topic"])
AGE = Gauge("bijou_lake_newest_row_seconds", "When the newest row was taken in, as Unix time", ["topic"])
NULLS = Gauge("bijou_lake_null_share", "Share of a column of the newest day that has no value", ["table", "column"])


def taken(topic: str, rows: pa.Table, *, duplicates: int, rejected: Mapping[str, int]) -> None:
    """Count what a commit took in."""
    ROWS.labels(topic).inc(rows.num_rows)
    DUPLICATES.labels(topic).inc(duplicates)
    for reason, count in rejected.items():
        # Reasons name fields of contracts, so there are only so many of them.
        VIOLATIONS.labels(topic, reason).inc(count)
    if rows.num_rows:
        waited = pc.subtract(pc.cast(rows["taken_at"], pa.int64()), pc.cast(rows["time"], pa.int64()))
        LATE.labels(topic).inc(pc.sum(pc.greater(waited, LATE_SECONDS * 1_000_000)).as_py() or 0)
        AGE.labels(topic).set(pc.max(rows["taken_at"]).as_py().timestamp())
