"""HTTP in and out of events."""

from __future__ import annotations

from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.direct import DirectRoute
from libs.chassis.http.pagination import Limit
from libs.chassis.problems import Unsupported
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.events.reading import BatchTooLarge, NotABatch
from services.events.schemas import EventBatch, EventVerdicts, PlaybackReport
from services.events.service.intake import Intake, NotTaken, TooManyEvents
from services.events.service.reports import Reports

hot = APIRouter(prefix="/api/v1/events", tags=["Events"], route_class=DirectRoute)
reports = APIRouter(prefix="/api/v1/admin/analytics", tags=["Staff: reports"])
Reader = Annotated[Principal, auth.staff("content_manager", "support")]
Minutes = Annotated[int, Query(ge=1, le=1440, description="How many minutes to look back.")]
By = Annotated[Literal["title", "country", "device", "edge"], Query(description="What `items` are told apart by.")]
REFUSED = raises(BatchTooLarge, NotABatch, Unsupported, TooManyEvents, NotTaken)


@hot.post("", status_code=202, response_model=EventVerdicts, responses=REFUSED)
async def tell_events(request: Request, who: auth.Profile, body: EventBatch) -> Response:
    """Tell what happened in an app.

    Each event is judged by itself: a bad one takes no other with it. `accepted` means that the event log has it, on every
    replica; an event that is sent again is a `duplicate` for a day at least. 503 says that nothing is known to be kept: send all
    of it again, with the same ids. The body may be compressed (`Content-Encoding: gzip`). A page that is closing may use
    `navigator.sendBeacon` with text: the access token, a line break, and the batch.
    """
    intake: Intake = request.app.state.intake
    return Response(orjson.dumps(await intake.take(who, body)), 202, media_type="application/json")


def _reports(request: Request) -> Reports:
    return request.app.state.reports  # type: ignore[no-any-return]


@reports.get("/playback")
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
