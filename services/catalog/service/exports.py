"""The catalogue as a file that can be imported again, streamed: CSV for spreadsheets, JSON Lines for all that a title says."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson

from libs.chassis.data.database import Database
from services.catalog import artwork
from services.catalog.importing.formulas import guarded
from services.catalog.repository import browse
from services.catalog.title_fields import FileFormat, in_files

BATCH = 500
BETWEEN = "|"


class Exports:
    """Use cases of staff."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def titles(self, kind: FileFormat, status: str | None) -> AsyncIterator[bytes]:
        """Every title (in a status), a batch in memory at a time."""
        after: UUID | None = None
        columns = ("id", "version", *in_files(kind))
        if kind == "csv":
            yield _csv([columns])
        while rows := await browse.exported(self._db, in_files(kind), status, after, BATCH):
            after = rows[-1]["id"]
            if kind == "csv":
                yield _csv([[_cell(row[name]) for name in columns] for row in rows])
            else:
                yield b"".join(_line(row, columns) for row in rows)


def _line(row: Any, columns: tuple[str, ...]) -> bytes:
    said = {name: row[name] for name in columns}
    pictures = [
        {"kind": item["kind"], "language": item["language"], "url": artwork.url(item["kind"], item["variants"])}
        for item in said["artwork"] or ()
    ]
    objects = {"artwork": pictures, "credits": said["credits"] or [], "windows": said["windows"] or []}
    return orjson.dumps({**said, **objects, "texts": said["texts"] or {}}, default=str) + b"\n"


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        value = [f"{system}={rating}" for system, rating in value.items()]
    text = BETWEEN.join(map(_escaped, value)) if isinstance(value, list) else value
    return guarded(text) if isinstance(text, str) else text


def _escaped(part: str) -> str:
    """Return one of several as it stands between the others."""
    return part.replace("\\", r"\\").replace(BETWEEN, rf"\{BETWEEN}")


def _csv(rows: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
