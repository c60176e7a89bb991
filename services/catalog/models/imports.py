"""Files of titles on their way in, what was wrong with them, and what became of their rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from libs.chassis.data.lifetimes import Forever, Lifetime
from services.catalog.models.base import Base


class Import(Base):
    """A file and what became of it: `rows` read, `faults` found, `titles` made, `skipped` or `changed` as they were here.

    `to_review`: how many of the changed ones had been approved, and have to be again.
    """

    __tablename__ = "imports"
    __lifetime__ = Forever("one row for each file that staff import")
    __table_args__ = (
        CheckConstraint(
            "status IN ('waiting', 'queued', 'checking', 'importing', 'checked', 'refused', 'done', 'undoing', 'undone',"
            " 'failed')",
            name="status",
        ),
        Index("ix_imports_created_at", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    actor: Mapped[UUID]
    file_name: Mapped[str]
    mapping: Mapped[dict[str, Any]]
    status: Mapped[str]
    dry_run: Mapped[bool]
    parts: Mapped[int]
    rows: Mapped[int]
    faults: Mapped[int]
    titles: Mapped[int]
    skipped: Mapped[int]
    changed: Mapped[int]
    to_review: Mapped[int] = mapped_column(server_default="0")
    detail: Mapped[str]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    undo_forced: Mapped[bool] = mapped_column(server_default=false())


class ImportPart(Base):
    """A piece of a file, kept until it has been imported."""

    __tablename__ = "import_parts"
    __lifetime__ = Lifetime("received_at", timedelta(days=7))
    __table_args__ = (Index("ix_import_parts_received_at", "received_at"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class ImportFault(Base):
    """What is wrong with a row of a file."""

    __tablename__ = "import_faults"
    __lifetime__ = Lifetime("found_at", timedelta(days=90))
    __table_args__ = (Index("ix_import_faults_found_at", "found_at"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int]
    column_name: Mapped[str | None]
    message: Mapped[str]
    found_at: Mapped[datetime]


class ImportPerson(Base):
    """A person who was made for an import's credits, and goes with them."""

    __tablename__ = "import_people"
    __lifetime__ = Forever("as many as imports have made")

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)


class ImportChange(Base):
    """A title that was here before an import, and the version that the import made of it."""

    __tablename__ = "import_changes"
    __lifetime__ = Forever("as many as imports have changed")

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), primary_key=True, index=True)
    version: Mapped[int]


class TitleSource(Base):
    """Which row of which source a title was made of."""

    __tablename__ = "title_sources"
    __lifetime__ = Forever("one for each imported title")

    source: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    title_id: Mapped[UUID] = mapped_column(ForeignKey("titles.id", ondelete="CASCADE"), index=True)
    import_id: Mapped[UUID | None] = mapped_column(ForeignKey("imports.id"), index=True)
