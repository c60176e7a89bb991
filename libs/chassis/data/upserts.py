"""Many rows in one statement: each inserted, or put in the place of one that is not newer."""

# ruff: noqa: S608  (put together from the tables' own names)

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Table, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession


async def put(
    session: AsyncSession, table: Any, rows: Sequence[dict[str, Any]], *, newer: str | None = "version"
) -> set[Any]:
    """Insert or replace rows (at most one for a key, all with the same columns) in the order of their keys.

    Return the first column of the key of those that were written. `newer` is the column that says which of two is: a row that is
    known as newer stays; one that is known as it is gets written again, for that is how a projection is rebuilt.
    """
    if not rows:
        return set()
    statement = _statement(table, tuple(rows[0]), newer)
    written = await session.execute(statement, {"rows": orjson.dumps(rows, default=str).decode()})
    return set(written.scalars())


@cache
def _statement(table: Table, names: tuple[str, ...], newer: str | None) -> TextClause:
    keys = [column.name for column in table.primary_key]
    columns, key = ", ".join(names), ", ".join(keys)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    return text(
        # One parameter for any number of rows, so that one plan does; the table says which types its columns have.
        f"INSERT INTO {table.name} AS t ({columns})"
        f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:rows AS jsonb)) ORDER BY {key}"
        f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
        + (f" WHERE excluded.{newer} >= t.{newer}" if newer else "")
        + f" RETURNING {keys[0]}"
    )
