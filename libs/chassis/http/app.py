"""The app factory: what every service looks like from outside."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import orjson
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from libs.chassis import faults, problems, telemetry
from libs.chassis.components import Component
from libs.chassis.http import bodies
from libs.chassis.http.declared_problems import ProblemDetails
from libs.chassis.http.middleware import Requests
from libs.chassis.http.openapi import Described
from libs.chassis.http.parameters import refuse_others
from libs.chassis.http.server import LISTENING, Server
from libs.chassis.messaging.bus import Bus
from libs.chassis.security import auth
from libs.chassis.security.revocations import Revocations
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings, load

log = telemetry.logger(__name__)
S = TypeVar("S", bound=ServiceSettings)
LONGEST_FIELD = 100
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class UndeclaredPolicy(RuntimeError):
    """A route does not say who may call it."""


def create(
    name: str,
    settings: ServiceSettings,
    *,
    routers: Sequence[APIRouter] = (),
    components: Sequence[Component] = (),
    state: Mapping[str, Any] | None = None,
    verifier: Verifier | None = None,
    revocations: Revocations | None = None,
) -> FastAPI:
    """Build a service: routes with declared policies, components started in order and stopped in reverse, probes, metrics.

    Where one of the components is a bus to a broker that is configured, revoked sign-ins are learned from it and refused.
    """
    revocations = revocations or Revocations()
    components = [
        *components,
        *(revocations.follow(bus) for bus in components if isinstance(bus, Bus) and settings.kafka_bootstrap),
    ]

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for component in components:
                stack.push_async_callback(component.stop)
                await component.start()
            log.info("ready", components=[component.name for component in components])
            yield
            log.info("stopping")

    app = Described(
        title=f"Bijou {name}",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        # FastAPI's own telemetry: metrics and logs are ours already (middleware.py).
        telemetry={"tracing": False, "metrics": False, "logs": False},
        responses={"default": {"model": ProblemDetails, "description": "What went wrong"}},
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    app.state.verifier = verifier or Verifier(settings.jwks_url, cache_file=settings.jwks_cache)
    app.state.revocations = revocations
    for key, value in (state or {}).items():
        setattr(app.state, key, value)
    for router in routers:
        declare_policies(router)
        _check_bodies(router)
        app.include_router(router)
    app.include_router(_probes(components))
    app.add_middleware(Requests, gateway_secret=settings.gateway_secret.get_secret_value())
    app.add_exception_handler(problems.Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    if any(component.name == "database" for component in components):
        _answer_for_the_database(app)
    return app


def declare_policies(router: APIRouter) -> None:
    """Write each route's policy into its OpenAPI operation, and have it refuse parameters that it does not know.

    A route without a policy is an error.
    """
    for route in _api_routes(router):
        policy = auth.policy_of(route.dependant)
        if policy is None:
            raise UndeclaredPolicy(
                f"{sorted(route.methods or ())} {route.path}: declare auth.PUBLIC, Account, Profile, Holder or staff(…)"
            )
        route.openapi_extra = {**(route.openapi_extra or {}), "x-bijou-policy": policy}
        refuse_others(route)


def _check_bodies(router: APIRouter) -> None:
    for route in _api_routes(router):
        if route.body_field is not None:
            bodies.check(route.body_field.field_info.annotation)


def _api_routes(router: APIRouter) -> Iterator[APIRoute]:
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise UndeclaredPolicy(f"{route!r}: routers are flat here, give each to app.create")
        yield route


def _probes(components: Sequence[Component]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> Response:
        async def state_of(component: Component) -> str:
            try:
                await asyncio.wait_for(component.check(), 2)
            except Exception as error:
                return f"{type(error).__name__}: {error}"
            return "ok"

        found = dict(zip((p.name for p in components), await asyncio.gather(*map(state_of, components)), strict=True))
        ready = all(found[component.name] == "ok" for component in components if component.required)
        body = orjson.dumps({"status": "ready" if ready else "not ready", "components": found})
        return Response(body, 200 if ready else 503, media_type="application/json")

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def problem_response(problem: problems.Problem, trace_id: str = "") -> Response:
    """Return the HTTP answer for a problem."""
    body = orjson.dumps(problem.body(trace_id), default=str)
    return Response(body, problem.status, problem.headers(), media_type="application/problem+json")


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, problems.Problem)
    return problem_response(error, getattr(request.state, "trace_id", ""))


def _shown(part: int | str) -> int | str:
    # The name of a field nobody knows is the client's own text.
    return part if isinstance(part, int) else part[:LONGEST_FIELD].encode(errors="replace").decode()


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # The offending input is left out: it may be a password.
    errors = [
        {"loc": [_shown(part) for part in item["loc"]], "msg": faults.said(item), "type": item["type"]}
        for item in error.errors()
    ]
    first = errors[0] if errors else {"loc": [], "msg": "not valid"}
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return problem_response(
        problems.Invalid(f"{where}: {first['msg']}", errors=errors), getattr(request.state, "trace_id", "")
    )


def _answer_for_the_database(app: FastAPI) -> None:
    # Who has no database needs no SQLAlchemy in memory either.
    from libs.chassis.data import database
    from libs.chassis.http import unstorable

    async def answer(request: Request, error: Exception) -> Response:
        if database.is_transient(error):
            log.warning("database_away", path=request.url.path, reason=f"{type(error).__name__}: {error}")
            return await _on_problem(request, problems.Unavailable())
        if not unstorable.is_refused_value(error):
            raise error
        # No type at the door stopped it, so the door has a hole: the traceback says where.
        log.error("value_refused_by_database", method=request.method, path=request.url.path, exc_info=error)
        return await _on_problem(request, unstorable.NotStorable())

    for kind in {*unstorable.KINDS, *database.TRANSIENT}:
        app.add_exception_handler(kind, answer)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind = problems.BY_STATUS.get(
        error.status_code, problems.InternalError if error.status_code >= 500 else problems.BadRequest
    )
    answer = problem_response(kind(), getattr(request.state, "trace_id", ""))
    if error.status_code == problems.MethodNotAllowed.status:
        answer.headers["Allow"] = ", ".join(_allowed(request))
    return answer


def _allowed(request: Request) -> list[str]:
    """Return the methods of every route at this address; Starlette's own answer names those of the first one alone."""
    routes = request.app.router.routes
    asked = {key: request.scope[key] for key in ("type", "path", "root_path", "headers") if key in request.scope}
    return [
        method
        for method in METHODS
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in routes)
    ]


def serve(create_app: Callable[[S], ASGIApp], settings_class: type[S], service: str) -> None:
    """Run one service until it is told to stop. Called from `main.py` and by the local platform after its fork."""
    settings = load(settings_class)
    telemetry.configure(service, settings.log_level, settings.log_format)
    app = create_app(settings)
    # What is there now stays until the end: half a million objects that each full collection would look through for nothing.
    gc.collect()
    gc.freeze()
    server = Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            timeout_graceful_shutdown=10,
            **LISTENING,
        )
    )
    signal.signal(signal.SIGQUIT, server.drain)
    server.run()
    if not server.started:
        sys.exit(3)
