"""HTTP in: what apps tell."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from libs.chassis.http.declared_problems import raises
from libs.chassis.http.direct import DirectRoute
from libs.chassis.problems import Unsupported
from libs.chassis.security import auth
from services.events.reading import BatchTooLarge, NotABatch
from services.events.schemas.batches import EventBatch, EventVerdicts
from services.events.service.intake import Intake, NotTaken, TooManyEvents

router = APIRouter(prefix="/api/v1/events", tags=["Events"], route_class=DirectRoute)
REFUSED = raises(BatchTooLarge, NotABatch, Unsupported, TooManyEvents, NotTaken)


@router.post("", status_code=202, response_model=EventVerdicts, responses=REFUSED)
async def tell_events(request: Request, who: auth.Profile, body: EventBatch) -> Response:
    """Tell what happened in an app.

    Each event is judged by itself: a bad one takes no other with it. `accepted` means that the event log has it, on every
    replica; an event that is sent again is a `duplicate` for a day at least. 503 says that nothing is known to be kept: send all
    of it again, with the same ids. The body may be compressed (`Content-Encoding: gzip`). A page that is closing may use
    `navigator.sendBeacon` with text: the access token, a line break, and the batch.
    """
    intake: Intake = request.app.state.intake
    return Response(orjson.dumps(await intake.take(who, body)), 202, media_type="application/json")
