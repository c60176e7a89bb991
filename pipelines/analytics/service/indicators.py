"""How good the lake's data is, as its tables say themselves: each commit notes what it took in and what it left out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from libs.chassis.clock import Clock
from libs.contracts.registry import TOPICS
from pipelines.analytics.domain import MODELLED, NOTES, raw_name
from pipelines.analytics.schemas import DataQuality, NullShare, TopicQuality
from pipelines.analytics.settings import Settings

if TYPE_CHECKING:
    from pyiceberg.table import Table


class Indicators:
    """Reads the notes of the last commits of every table; whoever took them in, and however often that was started anew."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def report(self, hours: int) -> DataQuality:
        # As in sink.py: who is asked what it is need not load them.
        from pipelines.analytics.service.maintenance import null_shares
        from pipelines.analytics.tables import Lake

        until = self._clock.now()
        since = until - timedelta(hours=hours)
        lake = Lake(self._settings.database_url, self._settings.object_store_url)
        try:
            topics = [_topic(name, lake.find(raw_name(name)), since) for name in sorted(TOPICS)]
            nulls = [
                NullShare(table=name, column=column, share=share)
                for name in lake.names()
                if name.startswith(f"{MODELLED}.") and (table := lake.find(name))
                for column, share in null_shares(table, name).items()
                if share
            ]
        finally:
            lake.close()
        return DataQuality(since=since, until=until, topics=topics, nulls=nulls)


def _topic(name: str, table: Table | None, since: datetime) -> TopicQuality:
    counted: Counter[str] = Counter()
    newest_at, behind = None, None
    for snapshot in sorted(table.snapshots() if table else (), key=lambda each: each.timestamp_ms):
        notes = snapshot.summary.additional_properties.get(NOTES) if snapshot.summary else None
        if notes is None:
            continue
        told = json.loads(notes)
        at = datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC)
        if told["rows"]:
            newest_at, behind = at, told["behind"]
        if at >= since:
            counted.update({key: told[key] for key in ("rows", "late", "duplicates", "violations")})
    figures = {key: counted[key] for key in ("rows", "late", "duplicates", "violations")}
    return TopicQuality(topic=name, **figures, newest_at=newest_at, behind_seconds=behind)
