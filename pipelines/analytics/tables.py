"""The lake's tables: Apache Iceberg, its catalogue in PostgreSQL, its files in the object store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot, SnapshotLogEntry
from pyiceberg.transforms import DayTransform, IdentityTransform
from pyiceberg.types import IntegerType, LongType, NestedField, StringType, TimestamptzType

from libs.chassis.data.postgres import for_libpq
from pipelines.analytics.domain import REJECTED

CATALOG = "bijou"
FOLDER = "lake"
OFFSETS = "bijou.offsets"

RAW_SCHEMA = Schema(
    NestedField(1, "event_id", StringType(), required=True),
    NestedField(2, "type", StringType(), required=True),
    NestedField(3, "time", TimestamptzType(), required=True),
    NestedField(4, "key", StringType()),
    NestedField(5, "source", StringType()),
    NestedField(6, "partition", IntegerType(), required=True),
    NestedField(7, "offset", LongType(), required=True),
    NestedField(8, "epoch", StringType(), required=True),
    NestedField(9, "published_at", TimestamptzType()),
    NestedField(10, "taken_at", TimestamptzType(), required=True),
    NestedField(11, "data", StringType(), required=True),
)
REJECTED_SCHEMA = Schema(
    NestedField(1, "topic", StringType(), required=True),
    NestedField(2, "time", TimestamptzType(), required=True),
    NestedField(3, "type", StringType()),
    NestedField(4, "event_id", StringType()),
    NestedField(5, "reason", StringType(), required=True),
    NestedField(6, "partition", IntegerType(), required=True),
    NestedField(7, "offset", LongType(), required=True),
    NestedField(8, "epoch", StringType(), required=True),
)
BY_DAY_OF_TIME = {name: PartitionSpec(PartitionField(field, 1000, DayTransform(), "day"))
                  for name, field in (("raw", 3), ("rejected", 2))}  # fmt: skip
PROPERTIES = {
    # A commit that lost against another one is not to be tried again on top of it: whose rows these are would be taken in twice.
    "commit.retry.num-retries": "0",
    "commit.manifest-merge.enabled": "true",
    "commit.manifest.min-count-to-merge": "20",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "20",
}


def _itself(frozen: Any, _memo: Any) -> Any:
    return frozen


# For each commit pyiceberg copies all that a table's metadata holds, deeply, some twenty times: with three days of snapshots
# one would take seconds. What is frozen may be shared by all copies (docs/decisions/0052).
for _frozen in (Snapshot, SnapshotLogEntry):
    _frozen.__deepcopy__ = _itself  # type: ignore[method-assign,assignment]


class Lake:
    """`database_url` holds the catalogue, `store_url` is the object store's, as `libs.chassis.object_store` reads it."""

    def __init__(self, database_url: str, store_url: str) -> None:
        self.database_url = for_libpq(database_url)
        self.warehouse, properties = place(store_url)
        if self.warehouse.startswith("file://"):
            folder = Path(unquote(urlsplit(self.warehouse).path))
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        scheme, _, rest = self.database_url.partition("://")
        self.catalog = SqlCatalog(
            CATALOG,
            uri=f"{scheme}+psycopg://{rest}",
            warehouse=self.warehouse,
            pool_pre_ping="true",
            init_catalog_tables="false",
            **properties,
        )

    def close(self) -> None:
        self.catalog.close()

    def names(self) -> list[str]:
        """Return the name of every table there is."""
        found = [name for space in self.catalog.list_namespaces() for name in self.catalog.list_tables(space)]
        return sorted(".".join(name) for name in found)

    def find(self, name: str) -> Table | None:
        try:
            return self.catalog.load_table(name)
        except NoSuchTableError:
            return None

    def raw(self, name: str) -> Table:
        """Return a raw table, made where it is not there yet, with the columns it has today."""
        schema, spec = (
            (REJECTED_SCHEMA, BY_DAY_OF_TIME["rejected"]) if name == REJECTED else (RAW_SCHEMA, BY_DAY_OF_TIME["raw"])
        )
        return self._with(self.find(name) or self._make(name, schema, spec), schema)

    def modelled(self, name: str, schema: pa.Schema) -> Table:
        """Return a modelled table, made or widened so that rows of this shape fit; its column `day` partitions it."""
        table = self.find(name)
        if table is None:
            table = self._make(name, schema, PartitionSpec())
            with table.update_spec() as update:
                update.add_field("day", IdentityTransform(), "day")
            return table
        return self._with(table, schema)

    def _make(self, name: str, schema: Schema | pa.Schema, spec: PartitionSpec) -> Table:
        with suppress(NamespaceAlreadyExistsError):
            self.catalog.create_namespace(name.split(".")[0])
        try:
            return self.catalog.create_table(name, schema, partition_spec=spec, properties=PROPERTIES)
        except TableAlreadyExistsError:  # another sink was quicker
            return self.catalog.load_table(name)

    def _with(self, table: Table, schema: Schema | pa.Schema) -> Table:
        names = [field.name for field in schema.fields] if isinstance(schema, Schema) else schema.names
        if set(names) - set(table.schema().column_names):
            with table.update_schema() as update:
                update.union_by_name(_optional(schema) if isinstance(schema, Schema) else schema)
        return table


def _optional(schema: Schema) -> Schema:
    """The same, none of its fields required: rows that are there already have no value for what is new."""
    return Schema(*(field.model_copy(update={"required": False}) for field in schema.fields))


def place(store_url: str) -> tuple[str, dict[str, str]]:
    """Return the warehouse's address in an object store, and how pyiceberg reaches it."""
    parts = urlsplit(store_url)
    if parts.scheme == "file":
        return f"file://{parts.path.rstrip('/')}/{FOLDER}", {}
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    told = {"s3.endpoint": query.get("endpoint"), "s3.region": query.get("region", "us-east-1")}
    prefix = parts.path.strip("/")
    address = "/".join(["s3:/", parts.netloc, *([prefix] if prefix else []), FOLDER])
    return address, {name: value for name, value in told.items() if value}


def local_path(address: str) -> tuple[str, str]:
    """Return the scheme of a file's address, and the path by which its filesystem knows it."""
    parts = urlsplit(address)
    return parts.scheme, unquote(parts.path) if parts.scheme == "file" else parts.netloc + parts.path


def offsets(table: Table, epoch: str) -> dict[int, int]:
    """Return where to go on in each partition, as the newest commit that says so did; nothing of another epoch's."""
    said = carried(table).get(OFFSETS)
    known = json.loads(said) if said else {}
    return {int(part): place for part, place in known["next"].items()} if known.get("epoch") == epoch else {}


def as_property(epoch: str, places: Mapping[int, int]) -> dict[str, str]:
    """Return what a commit says of where its rows came from."""
    return {OFFSETS: json.dumps({"epoch": epoch, "next": {str(part): place for part, place in sorted(places.items())}})}


def carried(table: Table) -> dict[str, str]:
    """Return what the newest commit that knew it said of offsets: for a commit that takes nothing in."""
    snapshot = table.current_snapshot()
    while snapshot is not None:
        if snapshot.summary is not None and (said := snapshot.summary.additional_properties.get(OFFSETS)):
            return {OFFSETS: said}
        parent = snapshot.parent_snapshot_id
        snapshot = table.snapshot_by_id(parent) if parent is not None else None
    return {}


def within(first: date, days: int = 1) -> str:
    """Return the condition for rows of some days, as a scan takes it."""
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return f"time >= '{start.isoformat()}' and time < '{(start + timedelta(days=days)).isoformat()}'"


def rows_by_day(table: Table) -> dict[date, int]:
    """Return how many rows each day's partition holds, from the catalogue's own notes: no file of rows is read."""
    found: dict[date, int] = {}
    for task in table.scan().plan_files():
        day = _day(task.file.partition[0])
        found[day] = found.get(day, 0) + task.file.record_count
    return found


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date(1970, 1, 1) + timedelta(days=value)
