"""Positions, Continue Watching, resume, history."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.id_lists import BadId, Ids, TooManyIds, ids_of
from libs.chassis.http.pagination import Cursor, Limit, Page
from libs.chassis.security import auth
from services.watchstate.schemas import (
    FILM,
    PLAYABLE,
    ContinueWatching,
    HistoryItem,
    OfflineBatch,
    Progress,
    ProgressItems,
    Resumes,
    Verdicts,
)
from services.watchstate.service.kept import TitleNotFound
from services.watchstate.service.progress import NotWatched, PlayableNotFound, Watching

router = APIRouter(prefix="/api/v1/me", tags=["Watching"])
TitleId = Annotated[UUID, Path(description="A title, from the history.", examples=[FILM])]
PlayableId = Annotated[UUID, Path(description="What is played: of a film or of an episode.", examples=[PLAYABLE])]


def _watching(request: Request) -> Watching:
    return request.app.state.watching  # type: ignore[no-any-return]


Use = Annotated[Watching, Depends(_watching)]


@router.get("/progress/{playable_id}", responses=raises(NotWatched))
async def get_progress(who: auth.Profile, use: Use, playable_id: PlayableId) -> Progress:
    """Read where I am in a film or an episode."""
    return await use.position(who, playable_id)


@router.put("/progress")
async def put_progress(who: auth.Profile, use: Use, body: OfflineBatch) -> Verdicts:
    """Send positions from a device that was offline.

    Of all updates of a playable the one that happened last holds, whichever device it came from; `sent_at` corrects a clock that
    is off. A `device_seq` that was told before changes nothing, so that a batch may be sent again.
    """
    return await use.report(who, body.items, body.sent_at)


@router.get("/continue-watching")
async def get_continue_watching(who: auth.Profile, use: Use, limit: Limit = 20) -> ContinueWatching:
    """List what I am in the middle of.

    And the episodes that come next, the newest first.
    """
    return await use.continue_watching(who, limit)


@router.delete("/continue-watching/{playable_id}", status_code=204, responses=raises(PlayableNotFound))
async def remove_from_continue_watching(who: auth.Profile, use: Use, playable_id: PlayableId) -> None:
    """Take something off Continue Watching.

    Until it is watched again; the position stays.
    """
    await use.remove(who, playable_id)


@router.get("/resume", responses=raises(TooManyIds, BadId))
async def get_resume(who: auth.Profile, use: Use, title_ids: Ids) -> Resumes:
    """Read what playing each of these titles starts with.

    Titles that were never started are left out.
    """
    return await use.resume(who, ids_of(title_ids))


@router.get("/resume/playables", responses=raises(TooManyIds, BadId))
async def get_resume_of_playables(who: auth.Profile, use: Use, ids: Ids) -> ProgressItems:
    """Read where I am in each of these playables.

    Those that were never started are left out.
    """
    return await use.positions(who, ids_of(ids))


@router.get("/history")
async def get_history(who: auth.Profile, use: Use, limit: Limit = 50, cursor: Cursor = None) -> Page[HistoryItem]:
    """List what I watched, a line for each day (UTC)."""
    return await use.history(who, limit, cursor)


@router.delete("/history", status_code=204)
async def clear_history(who: auth.Profile, use: Use) -> None:
    """Forget everything I watched.

    The history, all positions and Continue Watching.
    """
    await use.clear_history(who)


@router.delete("/history/{title_id}", status_code=204, responses=raises(TitleNotFound))
async def hide_from_history(who: auth.Profile, use: Use, title_id: TitleId) -> None:
    """Hide a title from my history.

    Its lines in the history, its positions and its place in Continue Watching go, and recommendations know of it no more. Watched
    again, it is back. It is no error if it was never watched.
    """
    await use.hide(who, title_id)
