"""Keeps tables in order: small files put together, rows deleted when their time is up, snapshots and unnamed files let go."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.fs as pafs
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io.pyarrow import ArrowScan, PyArrowFileIO, _dataframe_to_data_files
from pyiceberg.table import FileScanTask, Table

from libs.chassis import telemetry
from pipelines.analytics import quality
from pipelines.analytics.domain import MODELLED, days_kept
from pipelines.analytics.tables import Lake, carried, local_path, rows_by_day

log = telemetry.logger(__name__)

MEGABYTE = 1024**2
# A day's files below this size are put together once there are so many; up to so much at once, which has to fit into memory.
SMALL, FEW, AT_ONCE = 32 * MEGABYTE, 8, 128 * MEGABYTE
# How often it is tried to commit what was put together, on top of what came in between.
ATTEMPTS = 5
SNAPSHOTS_KEPT = timedelta(days=3)
# A file that no snapshot names may be one that is being committed.
UNNAMED = timedelta(days=1)


def tidy(lake: Lake, now: datetime) -> None:
    """Do all of it for every table."""
    for name in lake.names():
        table = lake.find(name)
        if table is not None:
            try:
                _tidy(table, name, now)
            except CommitFailedException:  # a table that is always busy must not keep the others from their turn
                log.warning("table_left_for_next_time", table=name)


def _tidy(table: Table, name: str, now: datetime) -> None:
    deleted, together = retain(table, name, now), compact(table)
    expire(table, now)
    swept = sweep(table, now)
    tell_nulls(table, name)
    if deleted or together or swept:
        log.info("table_tidied", table=name, days_deleted=deleted, files_together=together, files_swept=swept)


def compact(table: Table, few: int = FEW) -> int:
    """Write a day's small files as one, day by day; return how many files are gone. The rows and the offsets stay as they are."""
    small: dict[Any, list[FileScanTask]] = defaultdict(list)
    for task in table.scan().plan_files():
        if task.file.file_size_in_bytes < SMALL:
            small[task.file.partition[0]].append(task)
    gone = 0
    for tasks in small.values():
        chosen, size = [], 0
        for task in tasks:
            size += task.file.file_size_in_bytes
            if size <= AT_ONCE:
                chosen.append(task)
        if len(chosen) >= few and _put_together(table, chosen):
            gone += len(chosen)
    return gone


def _put_together(table: Table, tasks: list[FileScanTask]) -> bool:
    """Write rows as one file in place of these; return whether that was committed.

    A sink of a busy topic commits while the file is written, which changes nothing of it: it is committed on top of that. Who put
    these same files together meanwhile has made ours one too many.
    """
    rows = ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(tasks)
    written = list(_dataframe_to_data_files(table.metadata, rows, table.io))
    chosen = {task.file.file_path for task in tasks}
    for _ in range(ATTEMPTS):
        if not chosen <= {task.file.file_path for task in table.scan().plan_files()}:
            return False
        with (
            suppress(CommitFailedException),
            table.transaction() as transaction,
            transaction.update_snapshot(snapshot_properties=carried(table)).overwrite() as change,
        ):
            for task in tasks:
                change.delete_data_file(task.file)
            for file in written:
                change.append_data_file(file)
        if {file.file_path for file in written} <= {
            task.file.file_path for task in table.refresh().scan().plan_files()
        }:
            return True
    return False


def retain(table: Table, name: str, now: datetime) -> int:
    """Delete the days whose time is up; return how many there were."""
    first = now.date() - timedelta(days=days_kept(name))
    over = [day for day in rows_by_day(table) if day < first]
    if over:
        column = "day" if name.startswith(f"{MODELLED}.") else "time"
        border = (
            first.isoformat()
            if column == "day"
            else datetime(first.year, first.month, first.day, tzinfo=UTC).isoformat()
        )
        table.delete(f"{column} < '{border}'", snapshot_properties=carried(table))
    return len(over)


def expire(table: Table, now: datetime) -> None:
    """Let snapshots go that nobody looks back to any more; the newest stays."""
    border = now - SNAPSHOTS_KEPT
    if any(snapshot.timestamp_ms < border.timestamp() * 1000 for snapshot in table.snapshots()[:-1]):
        # pyiceberg compares with its own clock's days, without a zone.
        table.maintenance.expire_snapshots().older_than(border.astimezone(UTC).replace(tzinfo=None)).commit()


def sweep(table: Table, now: datetime) -> int:
    """Delete files below the table that no snapshot names: of commits that were lost, and of snapshots that are gone."""
    assert isinstance(table.io, PyArrowFileIO)
    scheme, place = local_path(table.location())
    files = table.io.fs_by_scheme(scheme, place.split("/")[0])
    named = {local_path(each)[1] for each in _named(table)}
    gone = 0
    for info in files.get_file_info(pafs.FileSelector(place, recursive=True, allow_not_found=True)):
        if info.type == pafs.FileType.File and info.mtime < now - UNNAMED and info.path not in named:
            files.delete_file(info.path)
            gone += 1
    return gone


def _named(table: Table) -> set[str]:
    """Return the address of every file that is needed to read any of the table's snapshots."""
    named = {table.metadata_location, *(each.metadata_file for each in table.metadata.metadata_log)}
    for snapshot in table.snapshots():
        named.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            named.add(manifest.manifest_path)
            named.update(entry.data_file.file_path for entry in manifest.fetch_manifest_entry(table.io))
    return named


def tell_nulls(table: Table, name: str) -> None:
    """Tell which share of each column of the newest day has no value."""
    for column, share in null_shares(table, name).items():
        quality.NULLS.labels(name, column).set(share)


def null_shares(table: Table, name: str) -> dict[str, float]:
    """Return which share of each column of the newest day has no value, from the catalogue's own notes."""
    newest: date | None = max(rows_by_day(table), default=None)
    if newest is None:
        return {}
    nulls: dict[int, int] = defaultdict(int)
    rows = 0
    column = f"day = '{newest}'" if name.startswith(f"{MODELLED}.") else f"time >= '{newest}T00:00:00+00:00'"
    for task in table.scan(row_filter=column).plan_files():
        rows += task.file.record_count
        for number, count in (task.file.null_value_counts or {}).items():
            nulls[number] += count
    return {field.name: nulls[field.field_id] / rows if rows else 0.0 for field in table.schema().fields}
