"""Changes from my other devices, as they happen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from libs.chassis import text
from libs.chassis.http.declared_problems import raises
from libs.chassis.security import auth
from services.watchstate.schemas import FILM
from services.watchstate.service.sync import Streams, TooManyStreams

router = APIRouter(prefix="/api/v1/me", tags=["Watching"])
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": f'id: 1764189115-3\nevent: list\ndata: {{"title_id":"{FILM}","in_list":true}}\n\n',
            }
        },
        "description": "Server-sent events, until the access token ends.",
    }
}

LastEventId = Annotated[
    Annotated[str, text.token(32, shortest=0)] | None,
    Header(alias="Last-Event-ID", description="The id of the last event that came."),
]


def _streams(request: Request) -> Streams:
    return request.app.state.streams  # type: ignore[no-any-return]


@router.get("/sync", response_class=StreamingResponse, responses=_STREAM | raises(TooManyStreams))
async def sync_stream(
    who: auth.Profile,
    use: Annotated[Streams, Depends(_streams)],
    last_event_id: LastEventId = None,
) -> StreamingResponse:
    """Follow the changes from my other devices.

    Server-sent events `progress`, `list`, `profile` and `lease`, each with an id; `Last-Event-ID` resumes after one. `reset`
    means that too much was missed: read everything again. The stream ends when the access token does; connect again with a new
    one.
    """
    stream = await use.open(who, last_event_id)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
