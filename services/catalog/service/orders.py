"""Lists that can be read in several orders: a cursor says which one it belongs to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from libs.chassis.http.pagination import BadCursor, decode_cursor


class OtherOrder(BadCursor):
    """This cursor belongs to another order of the list. Start again from the first page."""


def place(sort: str, keys: dict[str, type], cursor: str | None) -> tuple[Any, UUID] | None:
    """Return the key and the id that a page goes on after; `keys` are the types of the orders' keys. Raises `OtherOrder`."""
    if not cursor:
        return None
    made_for, key, last = decode_cursor(cursor, str, keys[sort], UUID)
    if made_for != sort:
        raise OtherOrder
    return key, last
