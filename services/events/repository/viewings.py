"""What was heard of each viewing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.events.models.erasures import Erased, ErasedProfile
from services.events.models.viewings import Viewing

_KNOWN = text(
    "INSERT INTO viewings (session_id, heard_at) SELECT id, :now FROM unnest(CAST(:ids AS uuid[])) id ORDER BY id"
    " ON CONFLICT DO NOTHING"
)


async def viewings(session: AsyncSession, ids: Collection[UUID], now: datetime) -> dict[UUID, Viewing]:
    """Return the viewings of these sessions, locked in the order of their ids, those nobody knew yet as new ones."""
    await session.execute(_KNOWN, {"ids": sorted(ids), "now": now})
    found = await session.scalars(
        select(Viewing).where(Viewing.session_id.in_(ids)).order_by(Viewing.session_id).with_for_update()
    )
    return {viewing.session_id: viewing for viewing in found}


async def due(session: AsyncSession, now: datetime, limit: int) -> Sequence[Viewing]:
    """Return viewings whose record is to be closed now, locked: not another replica's, and nobody's who was erased."""
    found = await session.scalars(
        select(Viewing)
        .where(
            Viewing.due_at <= now,
            ~select(Erased).where(Erased.account_id == Viewing.account_id).exists(),
            ~select(ErasedProfile).where(ErasedProfile.profile_id == Viewing.profile_id).exists(),
        )
        .order_by(Viewing.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return found.all()
