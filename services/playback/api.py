"""HTTP in and out of playback.

The answers of the hot routes are serialised straight from rows; the models beside them are their contract, which the
tests hold them to.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from libs.chassis import auth, idempotency, text
from libs.chassis.direct import DirectRoute
from libs.chassis.openapi import ProblemDetails
from libs.chassis.problems import Unauthenticated
from services.playback.repository.starts import Play
from services.playback.schemas import (
    ActiveSession,
    ActiveSessions,
    HeartbeatAnswer,
    HeartbeatBody,
    LeaseLostProblem,
    PlayRefused,
    PlaySession,
    StartBody,
    StreamsExceededProblem,
)
from services.playback.service.edges import Edges
from services.playback.service.keeping import Keeping
from services.playback.service.starting import Starting

hot = APIRouter(prefix="/api/v1/playback", tags=["playback"], route_class=DirectRoute)
router = APIRouter(prefix="/api/v1/playback", tags=["playback"])
# Outside the API's prefix, so that no request from outside is ever brought here.
inner = APIRouter(prefix="/internal/playback", include_in_schema=False)

LastPosition = Annotated[float | None, Query(ge=0, le=1e7, allow_inf_nan=False, description="Seconds.")]
StartKey = Annotated[str, text.token(128, shortest=8), Query()]
Token = Annotated[str, text.token(64, shortest=8), Path()]
STARTED: dict[int | str, dict[str, Any]] = {
    403: {"model": PlayRefused, "description": "A gate is closed; `code` is the first one's"},
    404: {"model": ProblemDetails, "description": "No such playable"},
    409: {"model": StreamsExceededProblem, "description": "All stream slots of the plan are in use"},
}
LOST: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemDetails, "description": "No such session on this account"},
    410: {"model": LeaseLostProblem, "description": "`lease_lost`: the player must stop, for the `reason` given"},
}
USED: dict[int | str, dict[str, Any]] = {
    410: {"model": ProblemDetails, "description": "`takeover_expired`: used already, or run out"}
}
NOT_MINE: dict[int | str, dict[str, Any]] = {
    404: {"model": ProblemDetails, "description": "No such session on this account"}
}


def _starting(request: Request) -> Starting:
    starting: Starting = request.app.state.starting
    return starting


def _keeping(request: Request) -> Keeping:
    keeping: Keeping = request.app.state.keeping
    return keeping


def _edges(request: Request) -> Edges:
    edges: Edges = request.app.state.edges
    return edges


@auth.policy("edge")
async def _edge(request: Request) -> None:
    scheme, _, proof = request.headers.get("authorization", "").partition(" ")
    if scheme != "Edge" or not _edges(request).is_edge(proof):
        raise Unauthenticated


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


@hot.post("/sessions", status_code=201, response_model=PlaySession, responses=STARTED)
async def start_playback(
    request: Request, who: auth.Profile, body: StartBody, idempotency_key: idempotency.Key = None
) -> Response:
    """Start playing: every gate is evaluated, and where all are open a stream slot is taken."""
    max_height = body.capabilities.max_height if body.capabilities else None
    play = Play(body.playable_id, body.device_id or who.device_id, max_height, body.replaces)
    if idempotency_key is not None:
        fields = body.model_dump(mode="json")
        return _json(await _starting(request).start_once(who, play, idempotency_key, fields), 201)
    return _json(await _starting(request).start(who, play), 201)


@router.post("/takeovers/{token}", status_code=201, response_model=PlaySession, responses=STARTED | USED)
async def take_over_playback(request: Request, who: auth.Profile, token: Token) -> Response:
    """Use the takeover of a 409: end the stream it names, and start playing in its place. Works once."""
    return _json(await _starting(request).take_over(who, token), 201)


@hot.post("/sessions/{session_id}/heartbeat", response_model=HeartbeatAnswer, responses=LOST)
async def send_heartbeat(request: Request, who: auth.Account, session_id: UUID, body: HeartbeatBody) -> Response:
    """Keep a stream slot and the edge grant, and record where the viewer is."""
    return _json(
        await _keeping(request).heartbeat(
            session_id, who, fencing=body.fencing, seq=body.seq, position=body.position, state=body.state
        )
    )


@router.delete("/sessions/{session_id}", status_code=204, responses=NOT_MINE)
async def stop_playback(
    request: Request, who: auth.Account, session_id: UUID, position: LastPosition = None
) -> Response:
    """Stop playing and free the slot at once; `position` is the last one reached."""
    await _keeping(request).stop(who, session_id, position=position)
    return Response(status_code=204)


@router.delete("/sessions", status_code=204)
async def leave_playback(request: Request, who: auth.Profile, key: StartKey) -> Response:
    """Leave a play before its answer has come: `key` is the `Idempotency-Key` its start was sent with.

    What it started ends; a start that has yet to arrive under this key is not carried out.
    """
    await _keeping(request).leave(who, key)
    return Response(status_code=204)


@router.get("/active", response_model=ActiveSessions)
async def list_active_playback(request: Request, who: auth.Holder) -> ActiveSessions:
    """Who holds the stream slots of my account now."""
    rows = await _keeping(request).active(who.account_id)
    return ActiveSessions(items=[ActiveSession(**row) for row in rows])


@router.delete("/active/{session_id}", status_code=204, responses=NOT_MINE)
async def stop_active_playback(request: Request, who: auth.Holder, session_id: UUID) -> Response:
    """Stop a stream of my account from another device; its player gets 410 with the next heartbeat."""
    await _keeping(request).end(session_id, who.account_id, reason="revoked")
    return Response(status_code=204)


@inner.get("/ended", dependencies=[Depends(_edge)])
async def list_ended_sessions(request: Request, after: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Sessions an edge must refuse from now on, each with the end of its grants, since the answer whose `cursor` this was."""
    return _json(await _edges(request).ended(after))
