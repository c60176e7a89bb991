"""Titles that profiles keep (My List, reminders): whether they may, and how such a title is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis.data.database import Database
from libs.chassis.problems import NotFound
from libs.contracts.token import Principal
from services.watchstate.domain import Title
from services.watchstate.repository import projections


class TitleNotFound(NotFound):
    """There is no such title here."""

    code = "title_not_found"


async def shown(db: Database, who: Principal, title_id: UUID, now: datetime) -> Title:
    """Return a title that this viewer may see. Raises `TitleNotFound`."""
    title = (await projections.titles(db, [title_id], who)).get(title_id)
    if title is None or not title.visible(who.country, await projections.maturity(db, who), now):
        raise TitleNotFound
    return title


def facts(title: Title) -> dict[str, Any]:
    """Return what its card says, wherever it is kept."""
    return {
        "title_id": title.id,
        "name": title.name,
        "type": "series" if title.type == "series" else "movie",
        "year": title.year,
        "maturity": title.maturity,
        "poster_url": title.poster_url,
        "backdrop_url": title.backdrop_url,
    }
