"""Spark over the same tables, for more than one machine can hold. Only who runs it has pyspark; `make test-spark` fetches it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, lit

from pipelines.analytics.tables import CATALOG, PROPERTIES, Lake

EXTENSIONS = "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"


def session(lake: Lake, more: Mapping[str, str] | None = None) -> SparkSession:
    """Return a session whose default catalogue is the lake's. `more` is what the place it runs in adds: jars, master, memory."""
    builder = SparkSession.builder.appName("bijou-lake")
    for name, value in {**_settings(lake), **(more or {})}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _settings(lake: Lake) -> dict[str, str]:
    url = urlsplit(lake.database_url)
    catalogue = f"spark.sql.catalog.{CATALOG}"
    return {
        "spark.sql.extensions": EXTENSIONS,
        "spark.sql.defaultCatalog": CATALOG,
        "spark.sql.session.timeZone": "UTC",
        # What cannot be read as a number or a time has no value, as in DuckDB's TRY_CAST; jobs are to survive one odd event.
        "spark.sql.ansi.enabled": "false",
        catalogue: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalogue}.catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
        f"{catalogue}.uri": f"jdbc:postgresql://{url.hostname}:{url.port or 5432}{url.path}",
        f"{catalogue}.jdbc.user": unquote(url.username or ""),
        f"{catalogue}.jdbc.password": unquote(url.password or ""),
        f"{catalogue}.jdbc.schema-version": "V1",
        f"{catalogue}.warehouse": lake.warehouse,
    }


class Spark:
    """Answers Spark SQL, and writes without anything passing through this process."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark

    def ask(self, sql: str) -> pa.Table:
        """Answer Spark SQL; the answer has to fit into memory here."""
        return self._spark.sql(sql).toArrow()

    def replace(self, table: str, day: date, sql: str) -> int:
        """Make the answer what a table holds of a day."""
        rows: Any = self._spark.sql(sql).persist()
        try:
            if self._spark.catalog.tableExists(f"{CATALOG}.{table}"):
                rows.writeTo(table).overwrite(col("day") == lit(day))
            else:
                self._spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {table.split('.')[0]}")
                making = rows.writeTo(table).using("iceberg").partitionedBy(col("day"))
                for name, value in PROPERTIES.items():
                    making = making.tableProperty(name, value)
                making.create()
            return int(rows.count())
        finally:
            rows.unpersist()
