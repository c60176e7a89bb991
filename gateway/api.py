"""What the gateway answers itself: pages composed of several services, and the API's description."""

import asyncio
import hashlib
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

from gateway import home, similar, title
from gateway.compose import Composer
from gateway.dead_letters import DeadLettersOfAll, FromAll
from gateway.openapi import OWN, Published
from gateway.pool import Headers
from gateway.reads import Reads
from gateway.schemas import FILM, Episodes, Home, Similar, Title
from gateway.settings import GatewaySettings
from gateway.upstream import Services, UpstreamError
from libs.chassis.http.dead_letters import Admin, DeadLetter, DeadLetterAct
from libs.chassis.http.declared_problems import raises
from libs.chassis.http.pagination import Cursor, Limit
from libs.chassis.problems import NotFound
from libs.chassis.security import auth

router = APIRouter(prefix="/api/v1")
DOCUMENT_DEADLINE = 3.0
DOCUMENT_FRESH = 30.0
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "What you have is up to date."}}
TitleId = Annotated[UUID, Path(description="A title, from any list.", examples=[FILM])]
SeasonNumber = Annotated[int, Path(ge=0, le=9999, description="The season's number.", examples=[1])]


class TitleNotFound(NotFound):
    """There is no such title here."""

    code = "title_not_found"


class SeasonNotHere(NotFound):
    """This title has no such season."""

    code = "no_such_season"


LONGEST_LANGUAGES = 500


def _callers(request: Request) -> Headers:
    """What a service is told of who asks."""
    return [
        (b"authorization", request.headers["authorization"].encode("latin-1")),
        (b"x-request-id", request.state.trace_id.encode()),
        (b"accept-language", request.headers.get("accept-language", "")[:LONGEST_LANGUAGES].encode("latin-1")),
    ]


def _reads(request: Request, who: auth.Profile) -> Reads:
    state = request.app.state
    return Reads(state.settings, state.composer, state.services, who, _callers(request), state.flags, state.exposures)


def _dead_letters(request: Request, who: Admin) -> DeadLettersOfAll:
    return DeadLettersOfAll(request.app.state.composer, request.app.state.services, _callers(request))


Use = Annotated[Reads, Depends(_reads)]
Everybodys = Annotated[DeadLettersOfAll, Depends(_dead_letters)]


@router.get("/home", tags=["Browse"], response_model=Home)
async def get_home(reads: Use) -> Response:
    """Read the first page: a hero and rows.

    In one call, at most a second or two. A row whose source missed its deadline is `degraded` and names its `fallback`.
    """
    return _json(await home.home(reads))


@router.get("/titles/{title_id}", tags=["Browse"], response_model=Title, responses=NOT_MODIFIED | raises(TitleNotFound))
async def get_title(request: Request, reads: Use, title_id: TitleId) -> Response:
    """Read a title.

    Everything about it, with what this viewer did with it: rating, list, where to resume. `degraded` names fields whose source
    missed its deadline.
    """
    try:
        found = await title.title(reads, title_id)
    except UpstreamError as error:
        return _passed_on(error)
    return _tagged(request, found, whole=not found.degraded)


@router.get("/titles/{title_id}/similar", tags=["Browse"], response_model=Similar, responses=raises(TitleNotFound))
async def get_similar(reads: Use, title_id: TitleId, limit: Limit = 12) -> Response:
    """List titles like this one, the closest first.

    By who watches both, where that is known, and by what they are about. `fallback` names what stands in for a late answer.
    """
    try:
        return _json(await similar.similar(reads, title_id, limit))
    except UpstreamError as error:
        return _passed_on(error)


@router.get(
    "/titles/{title_id}/seasons/{number}/episodes",
    tags=["Browse"],
    response_model=Episodes,
    responses=NOT_MODIFIED | raises(TitleNotFound, SeasonNotHere),
)
async def get_episodes(request: Request, reads: Use, title_id: TitleId, number: SeasonNumber) -> Response:
    """List the episodes of a season that can be played.

    In order, each with where this viewer stopped.
    """
    try:
        found = await title.episodes(reads, title_id, number)
    except UpstreamError as error:
        return _passed_on(error)
    return _tagged(request, found, whole=not found.degraded)


@router.get("/admin/dead-letters", tags=["Staff: dead letters"])
async def list_dead_letters(all_of_them: Everybodys, cursor: Cursor = None, limit: Limit = 20) -> FromAll[DeadLetter]:
    """List dead letters of all services.

    The newest first. A letter's number is its service's; replaying and dropping are asked of that service.
    """
    return await all_of_them.letters(cursor, limit)


@router.get("/admin/dead-letters/log", tags=["Staff: dead letters"])
async def list_dead_letter_acts(
    all_of_them: Everybodys, cursor: Cursor = None, limit: Limit = 20
) -> FromAll[DeadLetterAct]:
    """List what was done to dead letters of all services.

    The newest first.
    """
    return await all_of_them.acts(cursor, limit)


@router.get("/openapi.json", dependencies=[auth.PUBLIC], include_in_schema=False)
async def get_openapi(request: Request) -> Response:
    """The whole API as one OpenAPI document; `x-bijou-missing` names services that could not be asked."""
    settings: GatewaySettings = request.app.state.settings
    services: Services = request.app.state.services
    composer: Composer = request.app.state.composer

    async def read(name: str) -> Any:
        return await composer.read(
            f"openapi {name}",
            None,
            lambda: services.get(name, "/openapi.json", ()),
            deadline=DOCUMENT_DEADLINE,
            fresh=DOCUMENT_FRESH,
        )

    outcomes = await asyncio.gather(*(read(name) for name in settings.services))
    docs = {n: o.value for n, o in zip(settings.services, outcomes, strict=True) if o.value is not None}
    published: Published = request.app.state.published
    body = published.body({OWN: request.app.openapi(), **docs}, sorted(set(settings.services) - set(docs)))
    headers = {"ETag": published.tag, "Cache-Control": "public, no-cache"}
    if published.tag in _known(request):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _json(body: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        body.model_dump_json(),
        status,
        {"Cache-Control": "private, no-store", **(headers or {})},
        media_type="application/json",
    )


def _tagged(request: Request, body: BaseModel, *, whole: bool) -> Response:
    """With a strong ETag, unless a part is missing: an incomplete answer must not be kept."""
    if not whole:
        return _json(body)
    tag = f'"{hashlib.sha256(body.model_dump_json().encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
    if language := getattr(body, "text_language", None):
        headers["Content-Language"] = language
    given = _known(request)
    if tag in given or "*" in given:
        return Response(status_code=304, headers=headers)
    return _json(body, headers=headers)


def _known(request: Request) -> list[str]:
    """The entity tags that the client has already."""
    return [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]


def _passed_on(error: UpstreamError) -> Response:
    return Response(error.body, error.status, media_type="application/problem+json")
