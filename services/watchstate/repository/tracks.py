"""Chosen audio and captions."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.data.database import Database


async def chosen(db: Database, profile_id: UUID, title_id: UUID) -> Any | None:
    """What a profile chose for a title: `audio` and `captions`."""
    return await db.pool.fetchrow(
        "SELECT audio, captions FROM track_choices WHERE profile_id = $1 AND title_id = $2", profile_id, title_id
    )


async def put(
    session: AsyncSession, profile_id: UUID, account_id: UUID, title_id: UUID, audio: Any, captions: Any, now: datetime
) -> None:
    """Keep a choice in place of the one before."""
    await session.execute(
        text(
            "INSERT INTO track_choices (profile_id, title_id, account_id, audio, captions, chosen_at)"
            " VALUES (:profile, :title, :account, CAST(:audio AS jsonb), CAST(:captions AS jsonb), :now)"
            " ON CONFLICT (profile_id, title_id) DO UPDATE"
            " SET audio = excluded.audio, captions = excluded.captions, chosen_at = excluded.chosen_at"
        ),
        {
            "profile": profile_id, "title": title_id, "account": account_id, "now": now,
            "audio": None if audio is None else json.dumps(audio),
            "captions": None if captions is None else json.dumps(captions),
        },
    )  # fmt: skip
