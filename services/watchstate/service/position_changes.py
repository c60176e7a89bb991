"""How a change of a profile's positions is stored and told, whoever reported it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.watchstate import domain
from services.watchstate.domain import Update
from services.watchstate.repository import progress, projections, sync
from services.watchstate.repository.sync import Entry


async def apply(session: AsyncSession, updates: Sequence[Update], now: datetime) -> list[Any]:
    """Store the newest of these updates and tell the accounts' devices; return the rows of those that were news.

    The accounts' order of changes is taken first.
    """
    chosen = domain.newest(updates)
    if not chosen:
        return []
    await sync.lock(session, *(update.account_id for update in chosen))
    known = await projections.playables(session, [update.playable_id for update in chosen])
    completed = {
        update: domain.is_completed(
            update.position,
            update.duration,
            known[update.playable_id].credits_start if update.playable_id in known else None,
            ended=update.ended,
        )
        for update in chosen
    }
    rows = await progress.apply(session, chosen, completed)
    writers = {(update.profile_id, update.playable_id): update.writer for update in chosen}
    entries = [
        Entry(
            row.account_id,
            row.profile_id,
            "progress",
            {
                "playable_id": row.playable_id,
                "title_id": row.title_id,
                "position": row.position,
                "duration": row.duration,
                "completed": row.completed,
                "updated_at": row.occurred_at,
                "source": writers[row.profile_id, row.playable_id],
            },
        )
        for row in rows
    ]
    await sync.append_all(session, entries, now)
    return rows
