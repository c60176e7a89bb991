"""HTTP out: how playing goes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Limit
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.events.schemas.reports import PlaybackReport
from services.events.service.live import Live, LiveReportOff, Question, TooManyWatchers
from services.events.service.reports import Reports

router = APIRouter(prefix="/api/v1/admin/analytics", tags=["Staff: reports"])
Reader = Annotated[Principal, auth.staff("content_manager", "support")]
Minutes = Annotated[int, Query(ge=1, le=1440, description="How many minutes to look back.")]
By = Annotated[Literal["title", "country", "device", "edge"], Query(description="What `items` are told apart by.")]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'id: 1764274500000\nevent: playback\ndata: {"playing":342,"minutes":[],"items":[]}\n\n',
            }
        },
        "description": "Server-sent events, until the access token ends.",
    }
}


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


def _live(request: Request) -> Live:
    return request.app.state.live  # type: ignore[no-any-return]


@router.get("/live", response_class=StreamingResponse, responses=_STREAM | raises(TooManyWatchers, LiveReportOff))
async def live_report(
    who: Reader, use: Annotated[Live, Depends(_live)], minutes: Minutes = 60, by: By = "title", limit: Limit = 50
) -> StreamingResponse:
    """Follow how playing goes.

    Server-sent events `playback`, one every two seconds: the report on playback as it is then, whole each time, so that a page
    which was away for a while has missed nothing.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = use.open(who, Question(minutes, by, limit))
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
