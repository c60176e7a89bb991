"""The catalogue as a file that can be imported again, streamed."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson

from libs.chassis.data.database import Database
from services.catalog.importing.formulas import guarded
from services.catalog.repository import browse

BATCH = 500
LISTS = ("genres", "cast", "directors", "tags", "other_names", "descriptors")
BETWEEN = "|"
COLUMNS = (
    "id", "type", "slug", "name", "description", "tagline", "year", "genres", "cast", "directors", "tags", "other_names",
    "descriptors", "language", "country", "maturity", "runtime", "certificates", "free_trailers", "status", "availability",
)  # fmt: skip


class Exports:
    """Use cases of staff."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def titles(self, kind: str, status: str | None) -> AsyncIterator[bytes]:
        """Every title (in a status), a batch in memory at a time."""
        after: UUID | None = None
        if kind == "csv":
            yield _csv([COLUMNS])
        while rows := await browse.exported(self._db, status, after, BATCH):
            after = rows[-1]["id"]
            if kind == "csv":
                yield _csv([[_cell(row[name]) for name in COLUMNS] for row in rows])
            else:
                yield b"".join(orjson.dumps({name: row[name] for name in COLUMNS}, default=str) + b"\n" for row in rows)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        value = [f"{system}={rating}" for system, rating in value.items()]
    text = BETWEEN.join(value) if isinstance(value, list) else value
    return guarded(text) if isinstance(text, str) else text


def _csv(rows: Any) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
