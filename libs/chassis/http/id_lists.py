"""Lists of ids in a query string."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query

from libs.chassis import text
from libs.chassis.problems import Invalid

MAX_IDS = 100
Ids = Annotated[
    str,
    text.line(4096),
    Query(description="Up to 100 ids, separated by commas.", examples=["01993a02-71b4-7c58-9e2d-4f6a8b0c2d13"]),
]


class TooManyIds(Invalid):
    """Ask for at most 100 ids at a time."""

    code = "too_many_ids"


class BadId(Invalid):
    """One of these ids is not an id. Ids are UUIDs, separated by commas."""

    code = "bad_id"


def ids_of(value: str) -> list[UUID]:
    """Return the ids in a comma-separated list."""
    parts = [part for part in value.split(",") if part.strip()]
    if len(parts) > MAX_IDS:
        raise TooManyIds
    try:
        return [UUID(part.strip()) for part in parts]
    except ValueError:
        raise BadId from None
