"""The lake's tables in PostgreSQL: the catalogue of its Iceberg tables, people's keys, and which jobs ran for which day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from libs.chassis.data.database import new_metadata
from libs.chassis.data.lifetimes import Forever


class Base(DeclarativeBase):
    """Base of the tables."""

    metadata = new_metadata()
    type_annotation_map: dict[Any, Any] = {
        str: Text,
        datetime: DateTime(timezone=True),
        date: Date,
        bytes: LargeBinary,
    }


class IcebergTable(Base):
    """A table and where its newest metadata lies. Iceberg's own JDBC catalogue: Spark and pyiceberg share it."""

    __tablename__ = "iceberg_tables"
    __lifetime__ = Forever("one row for each table of the lake")

    catalog_name: Mapped[str] = mapped_column(String(255), primary_key=True)
    table_namespace: Mapped[str] = mapped_column(String(255), primary_key=True)
    table_name: Mapped[str] = mapped_column(String(255), primary_key=True)
    metadata_location: Mapped[str | None] = mapped_column(String(1000))
    previous_metadata_location: Mapped[str | None] = mapped_column(String(1000))
    iceberg_type: Mapped[str | None] = mapped_column(String(5))


class IcebergNamespace(Base):
    """What is said of a namespace of that catalogue."""

    __tablename__ = "iceberg_namespace_properties"
    __lifetime__ = Forever("a few rows for each namespace")

    catalog_name: Mapped[str] = mapped_column(String(255), primary_key=True)
    namespace: Mapped[str] = mapped_column(String(255), primary_key=True)
    property_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    property_value: Mapped[str | None] = mapped_column(String(1000))


class Subject(Base):
    """A person's key: with it what is sealed in the lake can be read, and once it is gone by nobody.

    `subject` is the SHA-256 of an account's or a profile's id, so that this table says of nobody that they are in it. A profile
    has the `account` it was seen with, and goes with it. `erased_at`: the key was destroyed, and no new one is made.
    """

    __tablename__ = "subjects"
    __lifetime__ = Forever(
        "one row for each account, and each profile that was heard of alone; the key goes with the account"
    )
    __table_args__ = (
        Index("ix_subjects_account", "account", postgresql_where=text("account IS NOT NULL")),
        Index("ix_subjects_erased_at", "erased_at", postgresql_where=text("erased_at IS NOT NULL")),
    )

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    account: Mapped[bytes | None]
    key: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]


class JobRun(Base):
    """A job's last run for a day. `inputs` says what it was made of: the rows of its tables' days then."""

    __tablename__ = "job_runs"
    __lifetime__ = Forever("one row for each job and day")

    job: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    inputs: Mapped[str]
    rows: Mapped[int]
    finished_at: Mapped[datetime]
