"""Audio and captions, as they were chosen for a title."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request

from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.watchstate.schemas import FILM, TrackChoice
from services.watchstate.service.kept import TitleNotFound
from services.watchstate.service.tracks import Tracks

router = APIRouter(prefix="/api/v1/me/tracks", tags=["Watching"])
TitleId = Annotated[UUID, Path(description="A film, or a series for all its episodes.", examples=[FILM])]


def _tracks(request: Request) -> Tracks:
    return request.app.state.tracks  # type: ignore[no-any-return]


Use = Annotated[Tracks, Depends(_tracks)]


@router.get("/{title_id}")
async def get_tracks(who: auth.Profile, use: Use, title_id: TitleId) -> TrackChoice:
    """Read which audio and captions I chose for a title.

    On whatever device. Null is what was never chosen.
    """
    return await use.chosen(who, title_id)


@router.put("/{title_id}", responses=raises(TitleNotFound))
async def put_tracks(who: auth.Profile, use: Use, title_id: TitleId, body: TrackChoice) -> TrackChoice:
    """Keep which audio and captions I chose for a title.

    In place of what was chosen before. A choice lasts 400 days, and goes with the history.
    """
    return await use.choose(who, title_id, body)
