"""What profiles watch most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data import upserts
from services.search import models

_WATCHED = text("""
SELECT title_id, entry -> 'genres' AS genres,
  ARRAY(SELECT p ->> 'id' FROM jsonb_array_elements(entry -> 'people') WITH ORDINALITY AS each (p, place) WHERE place <= :people)
    AS people
FROM titles WHERE title_id = ANY (CAST(:ids AS uuid[]))
""")
_KNOWN = text("SELECT profile_id, genres, people FROM tastes WHERE profile_id = ANY (CAST(:ids AS uuid[]))")


async def watched(session: AsyncSession, title_ids: Sequence[UUID], people: int) -> dict[UUID, Any]:
    """The `genres` of titles, and the ids of so many of their `people`."""
    rows = await session.execute(_WATCHED, {"ids": list(title_ids), "people": people})
    return {row.title_id: row for row in rows}


async def known(session: AsyncSession, profile_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """What these profiles like so far. The caller holds the order of changes."""
    return {row.profile_id: row for row in await session.execute(_KNOWN, {"ids": list(profile_ids)})}


async def keep(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Keep what profiles like, one row each."""
    await upserts.put(session, models.Taste.__table__, rows, newer=None)
