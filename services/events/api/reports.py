"""HTTP out: how playing goes."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from libs.chassis.http.pagination import Limit
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.events.schemas.reports import PlaybackReport
from services.events.service.reports import Reports

router = APIRouter(prefix="/api/v1/admin/analytics", tags=["Staff: reports"])
Reader = Annotated[Principal, auth.staff("content_manager", "support")]
Minutes = Annotated[int, Query(ge=1, le=1440, description="How many minutes to look back.")]
By = Annotated[Literal["title", "country", "device", "edge"], Query(description="What `items` are told apart by.")]


def _reports(request: Request) -> Reports:
    return request.app.state.reports  # type: ignore[no-any-return]


@router.get("/playback")
async def playback_report(
    who: Reader,
    use: Annotated[Reports, Depends(_reports)],
    minutes: Minutes = 60,
    by: By = "title",
    limit: Limit = 50,
) -> PlaybackReport:
    """Report how playing goes now.

    Plays a minute, what plays, how soon it started, how often it stalled and failed: whole, and by title, country, device or
    edge.
    """
    return await use.playback(minutes, by, limit)
