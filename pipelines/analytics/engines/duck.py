"""DuckDB over the lake's tables, for one machine: it reads the Parquet files that Iceberg names, and nothing else."""

from __future__ import annotations

from datetime import date
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import sqlglot
from pyiceberg.io.pyarrow import PyArrowFileIO, schema_to_pyarrow
from pyiceberg.table import Table

from pipelines.analytics.domain import REJECTED, topic_tables
from pipelines.analytics.tables import RAW_SCHEMA, REJECTED_SCHEMA, Lake, local_path, rows_by_day


def in_duckdb(sql: str) -> str:
    """Return Spark SQL as DuckDB says it."""
    (found,) = sqlglot.transpile(sql, read="spark", write="duckdb", pretty=True)
    return found


class Duck:
    """A connection with a view for each table, as they are at this moment. Tables that nothing was written to are empty."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET memory_limit = '1GB'")
        self.connection.execute("CREATE SCHEMA raw")
        self.connection.execute("CREATE SCHEMA lake")
        self.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.connection.close()

    def table(self, name: str) -> Table:
        """Return a table that is there."""
        return self._lake.catalog.load_table(name)

    def names(self) -> list[str]:
        """Return the name of every table there is."""
        return self._lake.names()

    def refresh(self) -> None:
        """See what was written since."""
        for name in sorted({*self._lake.names(), *topic_tables(), REJECTED}):
            self.see(name)

    def see(self, name: str) -> None:
        """Look at one table anew."""
        table = self._lake.find(name)
        if table is None:
            rows: Any = schema_to_pyarrow(REJECTED_SCHEMA if name == REJECTED else RAW_SCHEMA).empty_table()
        else:
            rows = _files(table)
        held = name.replace(".", "__")
        self.connection.register(held, rows)
        self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM {held}")  # noqa: S608  names of ours

    def replace(self, table: str, day: date, sql: str) -> int:
        """Make the answer what a table holds of a day."""
        rows = self.ask(sql)
        held = self._lake.modelled(table, rows.schema)
        if day in rows_by_day(held):
            held.overwrite(rows, f"day = '{day.isoformat()}'")
        elif rows.num_rows:
            held.append(rows)
        self.see(table)
        return int(rows.num_rows)

    def ask(self, sql: str) -> pa.Table:
        """Answer Spark SQL."""
        return self.connection.execute(in_duckdb(sql)).to_arrow_table()


def _files(table: Table) -> ds.Dataset | pa.Table:
    """Return a table's files as one dataset. A file from before a column was added has no value in it."""
    schema = schema_to_pyarrow(table.schema(), include_field_ids=False)
    found = [local_path(task.file.file_path) for task in table.scan().plan_files()]
    if not found:
        return schema.empty_table()
    assert isinstance(table.io, PyArrowFileIO)
    filesystem = table.io.fs_by_scheme(found[0][0], found[0][1].split("/")[0])
    return ds.dataset([path for _, path in found], schema=schema, format="parquet", filesystem=filesystem)
