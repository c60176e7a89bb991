"""What profiles watch most, learned from their plays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.chassis.slugs import name_id
from libs.contracts.playback import SessionStarted
from services.search.domain import learned
from services.search.repository import projections, tastes

GENRES, PEOPLE = 12, 20
# Whom a title names first are those it is watched for.
PEOPLE_OF_A_TITLE = 5


async def learn(session: AsyncSession, plays: Sequence[SessionStarted]) -> None:
    """Add plays to what their profiles like, but for those that are gone. The caller holds the order of changes."""
    profiles = await projections.profiles_of(session, sorted({play.account_id for play in plays}))
    plays = [play for play in plays if play.profile_id in profiles.get(play.account_id, {play.profile_id})]
    watched = await tastes.watched(session, sorted({play.title_id for play in plays}), PEOPLE_OF_A_TITLE)
    known = await tastes.known(session, sorted({play.profile_id for play in plays}))
    rows: dict[UUID, dict[str, Any]] = {}
    for play in plays:
        if play.title_id not in watched:
            continue
        title, before = watched[play.title_id], known.get(play.profile_id)
        row = rows.setdefault(
            play.profile_id,
            {
                "profile_id": play.profile_id,
                "genres": before.genres if before else {},
                "people": before.people if before else {},
            },
        )
        row["genres"] = learned(row["genres"], {name_id(name) for name in title.genres}, GENRES)
        row["people"] = learned(row["people"], set(title.people), PEOPLE)
        row["account_id"], row["changed_at"] = play.account_id, play.started_at
    await tastes.keep(session, list(rows.values()))
