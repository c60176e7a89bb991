"""Who is gone, and that no dead letter names them any longer: neither what was put aside before nor what comes later."""

from __future__ import annotations

import re
from collections.abc import Collection
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.contracts.envelope import DECLARED, Event

# An id as text, however it is written, and whatever stands around it: what cannot be read names people too.
_ID = re.compile(rb"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)

_NOTE = text(
    "INSERT INTO forgotten (id) SELECT id FROM unnest(CAST(:ids AS uuid[])) id ORDER BY id"
    " ON CONFLICT DO NOTHING RETURNING id"
)
# Whoever puts a letter aside holds it with others, and asks then who is gone: so no letter is written behind our back.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtext('bijou.forgotten'))")
_WITH_OTHERS = text("SELECT pg_advisory_xact_lock_shared(hashtext('bijou.forgotten'))")
_FORGET = text("DELETE FROM dead_letters WHERE names && CAST(:ids AS uuid[])")
_GONE = text("SELECT EXISTS (SELECT FROM forgotten WHERE id = ANY (CAST(:ids AS uuid[])))")


def tells(kind: type[Event]) -> bool:
    """Tell whether events of this type say who is gone."""
    return kind.forgets is not Event.forgets


def named(type: str | None, key: str | None, value: bytes | None) -> list[UUID]:
    """Return every id that a record names, in its key and in its content, whether that can be read or not.

    Not those that it says are gone: this is what must not be lost before it was heard.
    """
    kind = DECLARED.get(type or "")
    if kind is None or not tells(kind):
        return _ids(key, value)
    try:
        event = kind.model_validate_json(value or b"")
    except ValidationError:
        return _ids(key, None)
    return sorted(set(_ids(key, value)) - event.forgets())


def _ids(key: str | None, value: bytes | None) -> list[UUID]:
    found = {UUID(each.decode()) for each in _ID.findall((key or "").encode() + b" " + (value or b""))}
    return sorted(found)


async def forget(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Delete every dead letter that names one of these accounts or profiles, and see to it that none comes again."""
    if not ids:
        return
    new = list((await session.execute(_NOTE, {"ids": sorted(ids)})).scalars())
    if new:
        await session.execute(_ALONE)
        await session.execute(_FORGET, {"ids": new})


async def is_gone(session: AsyncSession, ids: Collection[UUID]) -> bool:
    """Tell whether one of these is gone. Until the transaction ends, nobody goes of whom something is written in it."""
    await session.execute(_WITH_OTHERS)
    return bool((await session.execute(_GONE, {"ids": list(ids)})).scalar())
