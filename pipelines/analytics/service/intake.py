"""One topic into its table: rows and the offsets they end at are one commit, so what comes twice or to two is there once."""

from __future__ import annotations

import time
from collections import Counter as Counted
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from aiokafka import ConsumerRecord
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from libs.chassis import telemetry
from libs.chassis.messaging.received import uncollected
from libs.contracts.envelope import Topic
from pipelines.analytics import quality
from pipelines.analytics.domain import REJECTED, raw_name
from pipelines.analytics.seen import DTYPE, Days, Ids, Seen, as_ids
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.service.rows import Reader, Row, rejected_table
from pipelines.analytics.tables import Lake, as_property, offsets, within

log = telemetry.logger(__name__)


class TakenByAnother(Exception):
    """Another sink has committed rows of this topic since ours: what we hold of it is not to be written."""


class Intake:
    """Takes one topic in. `open` says where to go on; `add` holds records; `flush` writes them. One thread at a time."""

    def __init__(self, lake: Lake, topic: Topic, epoch: str, keyring: Keyring, most_ids: int) -> None:
        self.topic = topic
        self.name = raw_name(topic.name)
        self._lake = lake
        self._epoch = epoch
        self._keyring = keyring
        self._reader = Reader(topic, epoch, keyring)
        self._seen = Seen(self._ids_of, most_ids)
        self.table: Table | None = None
        self.places: dict[int, int] = {}
        self.held: list[ConsumerRecord[bytes, bytes]] = []
        self.since = 0.0

    def open(self) -> dict[int, int]:
        """Look at the table; return where its rows end, by partition. What was held and not written is let go."""
        self.held, self.since = [], 0.0
        self.table = self._lake.raw(self.name) if self._lake.find(self.name) else None
        self._seen.forget()
        self.places = offsets(self.table, self._epoch) if self.table else {}
        return dict(self.places)

    def add(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        if not self.held:
            self.since = time.monotonic()
        self.held.extend(records)

    def flush(self) -> int:
        """Commit what is held; return how many rows of it were new. Raises TakenByAnother."""
        if not self.held:
            return 0
        if self.table is None:
            self.table = self._lake.raw(self.name)
            if offsets(self.table, self._epoch) != self.places:
                raise TakenByAnother(self.topic.name)
        records, places = self.held, dict(self.places)
        for record in records:
            places[record.partition] = record.offset + 1
        with uncollected():
            rows = self._reader.read(records)
        if rows.erased:
            self._keyring.erase(rows.erased)
        if rows.rejected:
            self._lake.raw(REJECTED).append(rejected_table(rows.rejected))
        good, days, ids = self._new(rows.good)
        self._reader.seal(good)
        table = self._reader.table(good, datetime.now(UTC))
        self._commit(table, places)
        self._seen.add(days, ids)
        self.places, self.held = places, []
        reasons = Counted(each["reason"] for each in rows.rejected)
        quality.taken(self.topic.name, table, duplicates=len(rows.good) - len(good), rejected=reasons)
        return len(good)

    def _new(self, rows: list[Row]) -> tuple[list[Row], Days, Ids]:
        """Return those rows that the table does not hold, with their days and ids."""
        if not rows:
            return [], np.empty(0, dtype=np.int64), np.empty(0, dtype=DTYPE)
        days = np.array([row.time.timestamp() // 86_400 for row in rows], dtype=np.int64)
        ids = np.frombuffer(b"".join([row.id for row in rows]), dtype=DTYPE)
        fresh = self._seen.new(days, ids)
        if fresh.all():
            return rows, days, ids
        return [row for row, is_new in zip(rows, fresh, strict=True) if is_new], days[fresh], ids[fresh]

    def _ids_of(self, day: int) -> Ids:
        assert self.table is not None
        scan = self.table.scan(row_filter=within(date(1970, 1, 1) + timedelta(days=day)), selected_fields=("event_id",))
        held = scan.to_arrow()["event_id"].to_pylist()
        return as_ids(held) if held else np.empty(0, dtype=DTYPE)

    def _commit(self, table: pa.Table, places: dict[int, int]) -> None:
        assert self.table is not None
        try:
            self.table.append(table, snapshot_properties=as_property(self._epoch, places))
        except CommitFailedException:
            self.table.refresh()
            if offsets(self.table, self._epoch) != self.places:
                raise TakenByAnother(self.topic.name) from None
            # Somebody put files together or let snapshots go: no row came in, and ours are as new as before.
            self.table.append(table, snapshot_properties=as_property(self._epoch, places))
