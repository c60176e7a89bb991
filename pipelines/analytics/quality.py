"""How good the lake's data is, as metrics: how late, how often twice, how much of it missing or not as agreed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from prometheus_client import Counter, Gauge

LATE_SECONDS = 3_600

ROWS = Counter("bijou_lake_rows_total", "Rows taken in", ["topic"])
DUPLICATES = Counter("bijou_lake_duplicates_total", "Events that were there already, and left out", ["topic"])
LATE = Counter("bijou_lake_late_rows_total", "Rows taken in more than an hour after their time", ["topic"])
VIOLATIONS = Counter("bijou_lake_violations_total", "Records that break their contract, put aside", ["topic", "reason"])
GONE = Counter("bijou_lake_gone_records_total", "Records the broker let go before they were taken in", ["topic"])
LAG = Gauge("bijou_lake_lag_records", "Records of the topic that are not in the table yet", ["topic"])
AGE = Gauge("bijou_lake_newest_row_seconds", "When the newest row was taken in, as Unix time", ["topic"])
NULLS = Gauge("bijou_lake_null_share", "Share of a column of the newest day that has no value", ["table", "column"])


def measured(rows: pa.Table, *, duplicates: int, rejected: Mapping[str, int]) -> dict[str, float]:
    """Say of a commit what it takes in, and what it leaves out."""
    taken_at, time, published_at = (pc.cast(rows[name], pa.int64()) for name in ("taken_at", "time", "published_at"))
    late = pc.sum(pc.greater(pc.subtract(taken_at, time), LATE_SECONDS * 1_000_000)).as_py() or 0
    behind = pc.max(pc.subtract(taken_at, published_at)).as_py() or 0
    counts = {"rows": rows.num_rows, "late": late, "duplicates": duplicates, "violations": sum(rejected.values())}
    return {**counts, "behind": max(0.0, behind / 1_000_000)}


def taken(topic: str, told: Mapping[str, float], rejected: Mapping[str, int], taken_at: datetime) -> None:
    """Count what a commit took in."""
    ROWS.labels(topic).inc(told["rows"])
    DUPLICATES.labels(topic).inc(told["duplicates"])
    LATE.labels(topic).inc(told["late"])
    for reason, count in rejected.items():
        # Reasons name fields of contracts, so there are only so many of them.
        VIOLATIONS.labels(topic, reason).inc(count)
    if told["rows"]:
        AGE.labels(topic).set(taken_at.timestamp())
