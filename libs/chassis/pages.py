"""Pages of lists: cursors for feeds, numbered pages for search and tables."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from libs.chassis.problems import BadRequest

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=512)]


class BadCursor(BadRequest):
    """This cursor is not one of ours. Start again from the first page."""

    code = "bad_cursor"


class Page(BaseModel, Generic[T]):
    """One page of a feed; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


class TablePage(BaseModel, Generic[T]):
    """One numbered page; `page` starts at 1."""

    items: list[T]
    total: int
    page: int
    pages: int


def encode_cursor(*values: Any) -> str:
    """Return an opaque cursor for the sort values of the last item."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """Return the values of a cursor, or raise `BadCursor`."""
    try:
        values = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise BadCursor from None
    if not isinstance(values, list) or len(values) != length:
        raise BadCursor
    return values
