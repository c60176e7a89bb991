"""How good the lake's data is, as its tables say themselves: each commit notes what it took in and what it left out."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from libs.chassis.clock import Clock
from libs.contracts.registry import TOPICS
from pipelines.analytics.domain import MODELLED, NOTES, raw_name
from pipelines.analytics.schemas import DataQuality, NullShare, TopicQuality
from pipelines.analytics.settings import Settings

if TYPE_CHECKING:
    from pyiceberg.table import Table

Notes = Sequence[tuple[datetime, dict[str, Any]]]  # of one table's commits, the oldest first, each with its moment
# Every page that is open asks twice a minute, and reading takes all tables' metadata, in the process that takes events in.
KEPT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Noted:
    """What the tables said at a moment."""

    at: datetime
    topics: dict[str, Notes]
    nulls: list[NullShare]


class Indicators:
    """Reads the notes of the last commits of every table; whoever took them in, and however often that was started anew.

    Everybody shares what was read in the last half minute.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._noted: Noted | None = None
        self._reading = asyncio.Lock()

    async def report(self, hours: int) -> DataQuality:
        async with self._reading:
            noted = self._noted
            if noted is None or self._clock.now() - noted.at >= KEPT:
                noted = self._noted = await asyncio.to_thread(self._read)
        since = noted.at - timedelta(hours=hours)
        topics = [_topic(name, notes, since) for name, notes in noted.topics.items()]
        return DataQuality(since=since, until=noted.at, topics=topics, nulls=noted.nulls)

    def _read(self) -> Noted:
        # As in sink.py: who is asked what it is need not load them.
        from pipelines.analytics.service.maintenance import null_shares
        from pipelines.analytics.tables import Lake

        at = self._clock.now()
        lake = Lake(self._settings.database_url, self._settings.object_store_url)
        try:
            topics = {name: _notes(lake.find(raw_name(name))) for name in sorted(TOPICS)}
            nulls = [
                NullShare(table=name, column=column, share=share)
                for name in lake.names()
                if name.startswith(f"{MODELLED}.") and (table := lake.find(name))
                for column, share in null_shares(table, name).items()
                if share
            ]
        finally:
            lake.close()
        return Noted(at, topics, nulls)


def _notes(table: Table | None) -> Notes:
    return [
        (datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC), json.loads(notes))
        for snapshot in sorted(table.snapshots() if table else (), key=lambda each: each.timestamp_ms)
        if snapshot.summary and (notes := snapshot.summary.additional_properties.get(NOTES)) is not None
    ]


def _topic(name: str, notes: Notes, since: datetime) -> TopicQuality:
    counted: Counter[str] = Counter()
    newest_at, behind = None, None
    for at, told in notes:
        if told["rows"]:
            newest_at, behind = at, told["behind"]
        if at >= since:
            counted.update({key: told[key] for key in ("rows", "late", "duplicates", "violations")})
    figures = {key: counted[key] for key in ("rows", "late", "duplicates", "violations")}
    return TopicQuality(topic=name, **figures, newest_at=newest_at, behind_seconds=behind)
