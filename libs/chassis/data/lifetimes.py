"""How long the rows of a table stay: said in its model's `__lifetime__`, kept by `libs/chassis/housekeeping.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from asyncpg import Connection


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Rows go when `column` (or an expression of columns, indexed as it stands here) is older than `keep`.

    `where` says which rows end at all; the index may be limited to them.
    """

    column: str
    keep: timedelta
    where: str = ""

    def query(self, table: str) -> str:
        """Return the statement that deletes a batch: rows from before $1, at most $2 of them, the oldest first."""
        more = f" AND {self.where}" if self.where else ""
        return (
            f"DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {self.column} < $1{more}"  # noqa: S608
            f" ORDER BY {self.column} LIMIT $2 FOR UPDATE SKIP LOCKED))"
        )


@dataclass(frozen=True, slots=True)
class Forever:
    """Rows stay; `why` says what keeps them from becoming ever more, or why they must."""

    why: str


@dataclass(frozen=True, slots=True)
class Chore:
    """Rows go in a way of their own: `work(connection, before, limit)` deletes a batch and returns how many."""

    keep: timedelta
    work: Callable[[Connection, datetime, int], Awaitable[int]]


Rule = Lifetime | Forever | Chore
