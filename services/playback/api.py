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
from pydantic import BaseModel

from libs.chassis import text
from libs.chassis.data import idempotency
from libs.chassis.http.declared_problems import raises
from libs.chassis.http.direct import DirectRoute
from libs.chassis.problems import Unauthenticated
from libs.chassis.security import auth
from services.playback import domain
from services.playback.repository.starts import Play
from services.playback.schemas.decisions import PlayRefused, StreamsExceededProblem
from services.playback.schemas.fields import SESSION as SESSION_EXAMPLE
from services.playback.schemas.fields import SESSION_BEFORE, TAKEOVER
from services.playback.schemas.heartbeats import HeartbeatAnswer, HeartbeatBody, LeaseLostProblem
from services.playback.schemas.sessions import ActiveSession, ActiveSessions
from services.playback.schemas.starts import PlaySession, StartBody
from services.playback.service.ended_sessions import Edges
from services.playback.service.keep_alive import KeepAlive, LeaseLost, SessionUnknown
from services.playback.service.starting import PlayableUnknown, Starting, TakeoverOver, TakeoverUnknown

hot = APIRouter(prefix="/api/v1/playback", tags=["Playback"], route_class=DirectRoute)
router = APIRouter(prefix="/api/v1/playback", tags=["Playback"])
# Outside the API's prefix, so that no request from outside is ever brought here.
inner = APIRouter(prefix="/internal/playback", include_in_schema=False)

LastPosition = Annotated[
    float | None, Query(ge=0, le=1e7, allow_inf_nan=False, description="The last position reached, in seconds.")
]
StartKey = Annotated[
    str,
    text.token(128, shortest=8),
    Query(description="The `Idempotency-Key` that the start was sent with.", examples=[idempotency.EXAMPLE]),
]
Token = Annotated[
    str, text.token(64, shortest=8), Path(description="The last part of a takeover's `href`.", examples=[TAKEOVER])
]
SessionId = Annotated[UUID, Path(description="A session, as its start gave it.", examples=[SESSION_EXAMPLE])]
ActiveId = Annotated[UUID, Path(description="A stream that is on.", examples=[SESSION_BEFORE])]
# Every gate's refusals; the last gate is asked of a play that goes on, not of one that starts.
GATES = [kind for gate, kinds in domain.CODES.items() if gate in domain.GATES for kind in kinds]
REFUSALS: dict[int, type[BaseModel]] = {403: PlayRefused, 409: StreamsExceededProblem}
STARTED = raises(*GATES, PlayableUnknown, auth.HolderRequired, bodies=REFUSALS)
TAKEN = raises(*GATES, PlayableUnknown, auth.HolderRequired, TakeoverUnknown, TakeoverOver, bodies=REFUSALS)
LOST = raises(SessionUnknown, LeaseLost, bodies={410: LeaseLostProblem})
NOT_MINE = raises(SessionUnknown)


def _starting(request: Request) -> Starting:
    starting: Starting = request.app.state.starting
    return starting


def _keep_alive(request: Request) -> KeepAlive:
    keeping: KeepAlive = request.app.state.keep_alive
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


@hot.post("/sessions", status_code=201, response_model=PlaySession, responses=STARTED | raises(idempotency.KeyReused))
async def start_playback(
    request: Request, who: auth.Profile, body: StartBody, idempotency_key: idempotency.Key = None
) -> Response:
    """Start playing.

    Every gate is judged, and where all are open a slot of the plan is taken: the answer has the manifests, where to resume, and
    how often to send heartbeats. `decision` names every gate; a refusal has the code of the first that is closed. 409 says who
    holds the slots, with a one-use `takeover`. An `Idempotency-Key` makes a start safe to repeat, and lets it be left before its
    answer has come.
    """
    max_height = body.capabilities.max_height if body.capabilities else None
    play = Play(body.playable_id, body.device_id or who.device_id, max_height, body.replaces)
    if idempotency_key is not None:
        fields = body.model_dump(mode="json")
        return _json(await _starting(request).start_once(who, play, idempotency_key, fields), 201)
    return _json(await _starting(request).start(who, play), 201)


@router.post("/takeovers/{token}", status_code=201, response_model=PlaySession, responses=TAKEN)
async def take_over_playback(request: Request, who: auth.Profile, token: Token) -> Response:
    """Take over a stream of my account.

    The `takeover` of a 409: ends the stream it names and starts playing in its place, once.
    """
    return _json(await _starting(request).take_over(who, token), 201)


@hot.post("/sessions/{session_id}/heartbeat", response_model=HeartbeatAnswer, responses=LOST)
async def send_heartbeat(request: Request, who: auth.Account, session_id: SessionId, body: HeartbeatBody) -> Response:
    """Keep a stream alive.

    Send one every `heartbeat_interval` seconds with a growing `seq`: it renews the slot and the grant, records where the viewer
    is, and judges the same facts as the start. After 410 stop the player, for the `reason` given; a start is then the way back.
    """
    return _json(
        await _keep_alive(request).heartbeat(
            session_id, who, fencing=body.fencing, seq=body.seq, position=body.position, state=body.state
        )
    )


@router.delete("/sessions/{session_id}", status_code=204, responses=NOT_MINE | raises(auth.HolderRequired))
async def stop_playback(
    request: Request, who: auth.Account, session_id: SessionId, position: LastPosition = None
) -> Response:
    """Stop playing and free the slot at once."""
    await _keep_alive(request).stop(who, session_id, position=position)
    return Response(status_code=204)


@router.delete("/sessions", status_code=204)
async def leave_playback(request: Request, who: auth.Profile, key: StartKey) -> Response:
    """Leave a start whose answer has not come.

    What it started ends; a start that has yet to arrive under this key is not carried out.
    """
    await _keep_alive(request).leave(who, key)
    return Response(status_code=204)


@router.get("/active", response_model=ActiveSessions)
async def list_active_playback(request: Request, who: auth.Holder) -> ActiveSessions:
    """List what is playing on my account now."""
    rows = await _keep_alive(request).active(who.account_id)
    return ActiveSessions(items=[ActiveSession(**row) for row in rows])


@router.delete("/active/{session_id}", status_code=204, responses=NOT_MINE)
async def stop_active_playback(request: Request, who: auth.Holder, session_id: ActiveId) -> Response:
    """Stop a stream of my account from another device.

    Its player gets 410 with the next heartbeat.
    """
    await _keep_alive(request).end(session_id, who.account_id, reason="revoked")
    return Response(status_code=204)


@inner.get("/ended", dependencies=[Depends(_edge)])
async def list_ended_sessions(request: Request, after: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Sessions an edge must refuse from now on, each with the end of its grants, since the answer whose `cursor` this was."""
    return _json(await _edges(request).ended(after))
