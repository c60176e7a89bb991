"""Positions, Continue Watching, resume, history."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.chassis import auth
from libs.chassis.id_lists import Ids, ids_of
from libs.chassis.pages import Cursor, Limit, Page
from services.watchstate.schemas import (
    ContinueWatching,
    HistoryItem,
    OfflineBatch,
    Progress,
    ProgressItems,
    Resumes,
    Verdicts,
)
from services.watchstate.service.watching import Watching

router = APIRouter(prefix="/api/v1/me", tags=["watching"])


def _watching(request: Request) -> Watching:
    return request.app.state.watching  # type: ignore[no-any-return]


Use = Annotated[Watching, Depends(_watching)]


@router.get("/progress/{playable_id}")
async def get_progress(who: auth.Profile, use: Use, playable_id: UUID) -> Progress:
    """Where I am in something; 404 `not_watched` if I never started it."""
    return await use.position(who, playable_id)


@router.put("/progress")
async def put_progress(who: auth.Profile, use: Use, body: OfflineBatch) -> Verdicts:
    """Positions from a device that was offline. Of all updates of a playable the one that happened last holds, whichever
    device it came from; `sent_at` corrects a clock that is off. A `device_seq` that was told before changes nothing."""
    return await use.report(who, body.items, body.sent_at)


@router.get("/continue-watching")
async def get_continue_watching(who: auth.Profile, use: Use, limit: Limit = 20) -> ContinueWatching:
    """What I am in the middle of, and next episodes, the newest first."""
    return await use.continue_watching(who, limit)


@router.delete("/continue-watching/{playable_id}", status_code=204)
async def remove_from_continue_watching(who: auth.Profile, use: Use, playable_id: UUID) -> None:
    """Take it off the row until I watch it again; my position stays."""
    await use.remove(who, playable_id)


@router.get("/resume")
async def get_resume(who: auth.Profile, use: Use, title_ids: Ids) -> Resumes:
    """What playing each of these titles starts with; titles I never started are left out."""
    return await use.resume(who, ids_of(title_ids))


@router.get("/resume/playables")
async def get_resume_of_playables(who: auth.Profile, use: Use, ids: Ids) -> ProgressItems:
    """Where I am in each of these playables; those I never started are left out."""
    return await use.positions(who, ids_of(ids))


@router.get("/history")
async def get_history(who: auth.Profile, use: Use, limit: Limit = 50, cursor: Cursor = None) -> Page[HistoryItem]:
    """What I watched, a line for each day (UTC), the newest first."""
    return await use.history(who, limit, cursor)


@router.delete("/history", status_code=204)
async def clear_history(who: auth.Profile, use: Use) -> None:
    """Forget everything I watched: the history, my positions and Continue Watching."""
    await use.clear_history(who)
