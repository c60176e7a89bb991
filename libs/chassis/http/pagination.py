"""Pages of lists: cursors for feeds, numbered pages for search and tables."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import BaseModel, ConfigDict

from libs.chassis import text
from libs.chassis.problems import Invalid

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
LONGEST_CURSOR = 2048
NEXT = "`next_cursor` of the page before; without one the first page."
Cursor = Annotated[Annotated[str, text.token(LONGEST_CURSOR, shortest=0)] | None, Query(description=NEXT)]
EARLIEST_YEAR, LATEST_YEAR = 1900, 2200


class BadCursor(Invalid):
    """This cursor is not one of ours. Start again from the first page."""

    code = "bad_cursor"


class Page(BaseModel, Generic[T]):
    """One page of a feed; `next_cursor` is null on the last."""

    # Of generic models the schema has no docstring.
    model_config = ConfigDict(
        json_schema_extra={
            "description": "One page of a feed; `next_cursor` is null on the last.",
            "examples": [{"next_cursor": "WyIyMDI2LTExLTI2VDIwOjMxOjU1WiJd"}],
        }
    )

    items: list[T]
    next_cursor: str | None = None


class TablePage(BaseModel, Generic[T]):
    """One numbered page; `page` starts at 1, `total` counts what is on all `pages`."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": "One numbered page; `page` starts at 1, `total` counts what is on all `pages`.",
            "examples": [{"total": 1, "page": 1, "pages": 1}],
        }
    )

    items: list[T]
    total: int
    page: int
    pages: int


def encode_cursor(*values: Any) -> str:
    """Return an opaque cursor for the sort values of the last item."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> list[Any]:
    """Return the values of a cursor as `kinds` says, each within what a database holds, or raise `BadCursor`.

    Kinds: `datetime`, `UUID`, `int`, `str`.
    """
    try:
        values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        if not isinstance(values, list):
            raise BadCursor
        return [_READ[kind](value) for kind, value in zip(kinds, values, strict=True)]
    except (binascii.Error, ValueError):
        raise BadCursor from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    # Compared before it is converted: a time of the year 1 or 9999 has no equal in every zone.
    if moment.tzinfo is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError(value)
    return moment


def _whole(value: Any) -> int:
    # True is an int to Python, and not one of ours.
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return value


_READ: dict[type, Callable[[Any], Any]] = {
    datetime: _moment,
    UUID: lambda value: UUID(_text(value)),
    int: _whole,
    str: _text,
}
