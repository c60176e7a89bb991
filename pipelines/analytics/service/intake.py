"""One topic into its table: rows and the offsets they end at are one commit, so what comes twice or to two is there once."""

from __future__ import annotations

import json
import time
from collections import Counter as Counted
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import numpy as np
import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table

from libs.chassis import telemetry
from libs.chassis.messaging.received import uncollected
from libs.contracts.envelope import Topic
from pipelines.analytics import quality
from pipelines.analytics.clients import Record
from pipelines.analytics.domain import NOTES, REJECTED, raw_name
from pipelines.analytics.seen import DTYPE, Ids, Kept, Seen, as_ids
from pipelines.analytics.service.keyring import Keyring
from pipelines.analytics.service.rows import Reader, days_and_ids, rejected_table
from pipelines.analytics.tables import Lake, as_property, offsets, within

log = telemetry.logger(__name__)

ATTEMPTS = 5


class TakenByAnother(Exception):
    """Another sink has committed rows of this topic since ours: what we hold of it is not to be written."""


class Intake:
    """Takes one topic in. `open` says where to go on; `add` holds records; `write` commits what `take` hands out.

    One thread at a time may write, while another adds.
    """

    def __init__(self, lake: Lake, topic: Topic, epoch: str, keyring: Keyring, kept: Kept) -> None:
        self.topic = topic
        self.name = raw_name(topic.name)
        self._lake = lake
        self._epoch = epoch
        self._keyring = keyring
        self._reader = Reader(topic, epoch, keyring)
        self._seen = Seen(topic.name, self._ids_of, kept)
        self.table: Table | None = None
        self.places: dict[int, int] = {}
        self.held: list[Record] = []
        self.since = 0.0
        self._reached: dict[int, int] = {}

    def open(self) -> dict[int, int]:
        """Look at the table; return where its rows end, by partition. What was held and not written is let go."""
        self.held, self.since = [], 0.0
        self.table = self._lake.raw(self.name) if self._lake.find(self.name) else None
        self._seen.forget()
        self.places = offsets(self.table, self._epoch) if self.table else {}
        self._reached = dict(self.places)
        return dict(self.places)

    def reached(self) -> dict[int, int]:
        """Return where what was added ends, by partition."""
        return self._reached

    def add(self, records: Sequence[Record]) -> None:
        if not self.held:
            self.since = time.monotonic()
        self.held.extend(records)
        for part, first, last in _runs(records):
            if not self.topic.compacted and first > (place := self._reached.get(part, first)):
                # The broker goes on later than we were: a sink that was away for longer than a topic is kept.
                quality.GONE.labels(self.topic.name).inc(first - place)
                log.error("records_gone", topic=self.topic.name, partition=part, since=place, until=first)
            self._reached[part] = last + 1

    def take(self) -> list[Record]:
        """Hand out what is held, to be written; what is added from now on is for the next time."""
        records, self.held = self.held, []
        return records

    def flush(self) -> int:
        """Commit what is held; return how many rows of it were new. What could not be committed is held again."""
        records = self.take()
        try:
            return self.write(records)
        except BaseException:
            self.held[:0] = records
            raise

    def write(self, records: list[Record]) -> int:
        """Commit these records; return how many rows of them were new. Raises TakenByAnother.

        Once they are committed the list is emptied here: to free them takes long, and nobody who reads is to wait for it.
        """
        if not records:
            return 0
        with uncollected():
            new = self._write(records)
            records.clear()
        return new

    def _write(self, records: list[Record]) -> int:
        if self.table is None:
            self.table = self._lake.raw(self.name)
            if offsets(self.table, self._epoch) != self.places:
                raise TakenByAnother(self.topic.name)
        places = self.places | _ends(records)
        found = self._reader.read(records)
        if found.erased:
            self._keyring.erase(found.erased)
        if found.rejected:
            self._put_aside(rejected_table(found.rejected))
        self._reader.seal(found)
        taken_at = datetime.now(UTC)
        rows = self._reader.table(found, taken_at)
        days, ids = days_and_ids(rows)
        fresh = self._seen.new(days, ids)
        new = rows if fresh.all() else rows.filter(pa.array(fresh))
        reasons = Counted(each["reason"] for each in found.rejected)
        told = quality.measured(new, duplicates=rows.num_rows - new.num_rows, rejected=reasons)
        self._commit(new, as_property(self._epoch, places) | {NOTES: json.dumps(told)})
        self._seen.add(days[fresh], ids[fresh])
        self.places = places
        quality.taken(self.topic.name, told, reasons, taken_at)
        return int(new.num_rows)

    def _put_aside(self, rejected: pa.Table) -> None:
        """Keep what breaks its contract. All topics share that table: others' commits come in between, and are nobody's harm."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._lake.raw(REJECTED).append(rejected)
                return
            except CommitFailedException:
                if attempt == ATTEMPTS:
                    raise

    def _ids_of(self, day: int) -> Ids:
        assert self.table is not None
        scan = self.table.scan(row_filter=within(date(1970, 1, 1) + timedelta(days=day)), selected_fields=("event_id",))
        # Batch by batch: as texts the ids of a large day take twenty times as much.
        held = [as_ids(batch["event_id"].to_pylist()) for batch in scan.to_arrow_batch_reader() if batch.num_rows]
        return np.concatenate(held) if held else np.empty(0, dtype=DTYPE)

    def _commit(self, table: pa.Table, notes: dict[str, str]) -> None:
        assert self.table is not None
        try:
            self.table.append(table, snapshot_properties=notes)
        except CommitFailedException:
            self.table.refresh()
            if offsets(self.table, self._epoch) != self.places:
                raise TakenByAnother(self.topic.name) from None
            # Somebody put files together or let snapshots go: no row came in, and ours are as new as before.
            self.table.append(table, snapshot_properties=notes)


def _runs(records: Sequence[Record]) -> Iterator[tuple[int, int, int]]:
    """Return, of records that come one after another from one partition, which that is and the offsets of the first and last."""
    for part, run in groupby(records, Record.partition):
        held = list(run)
        first, last = held[0].offset(), held[-1].offset()
        if part is not None and first is not None and last is not None:
            yield part, first, last


def _ends(records: Sequence[Record]) -> dict[int, int]:
    """Return where these end, by partition."""
    return {part: last + 1 for part, _, last in _runs(records)}
