"""Which sequence numbers devices have told, so that a batch that comes again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.watchstate.domain import Update

# Stands for everything a device told before a history was cleared, without saying what that was.
ANYTHING = UUID(int=0)


async def last(session: AsyncSession, profile_id: UUID, writer: UUID, playable_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The last number this device told of each of these playables."""
    rows = await session.execute(
        text(
            "SELECT playable_id, seq FROM reports WHERE profile_id = :profile AND writer = :writer"
            " AND playable_id = ANY (CAST(:ids AS uuid[]))"
        ),
        {"profile": profile_id, "writer": writer, "ids": [*playable_ids, ANYTHING]},
    )
    found = {row.playable_id: row.seq for row in rows}
    before = found.pop(ANYTHING, -1)
    return {playable_id: max(before, found.get(playable_id, -1)) for playable_id in playable_ids}


async def mark(session: AsyncSession, profile_id: UUID, writer: UUID, updates: Sequence[Update], now: datetime) -> None:
    """Remember the greatest number told of each playable."""
    told: dict[UUID, int] = {}
    for update in updates:
        told[update.playable_id] = max(update.seq, told.get(update.playable_id, -1))
    if not told:
        return
    await session.execute(
        text(
            "INSERT INTO reports AS r (profile_id, playable_id, writer, seq, reported_at)"
            " SELECT CAST(:profile AS uuid), t.playable_id, CAST(:writer AS uuid), t.seq, CAST(:now AS timestamptz)"
            " FROM unnest(CAST(:ids AS uuid[]), CAST(:seqs AS int8[])) AS t (playable_id, seq)"
            " ON CONFLICT (profile_id, playable_id, writer) DO UPDATE"
            " SET seq = greatest(r.seq, excluded.seq), reported_at = excluded.reported_at"
        ),
        {"profile": profile_id, "writer": writer, "now": now, "ids": list(told), "seqs": list(told.values())},
    )


async def forget_what(session: AsyncSession, profile_id: UUID, now: datetime) -> None:
    """Forget which playables were told of, and keep for each device that it told up to a number."""
    await session.execute(
        text(
            "WITH gone AS (DELETE FROM reports WHERE profile_id = :profile AND playable_id <> :anything"
            " RETURNING writer, seq)"
            " INSERT INTO reports AS r (profile_id, playable_id, writer, seq, reported_at)"
            " SELECT CAST(:profile AS uuid), CAST(:anything AS uuid), writer, max(seq), CAST(:now AS timestamptz)"
            " FROM gone GROUP BY writer"
            " ON CONFLICT (profile_id, playable_id, writer) DO UPDATE"
            " SET seq = greatest(r.seq, excluded.seq), reported_at = excluded.reported_at"
        ),
        {"profile": profile_id, "anything": ANYTHING, "now": now},
    )
