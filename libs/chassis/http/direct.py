"""Routes for the hottest calls: declared like any other, answered without FastAPI's dependency machinery.

The machinery costs more than a start of a film has to do. The declaration stays the contract: policy, models and OpenAPI
come from the signature, and mistakes in a request are refused with the same status, code and places.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from libs.chassis.problems import BadRequest
from libs.chassis.security import auth


class NotDirect(TypeError):
    """A handler's signature asks for something that these routes do not do."""


class DirectRoute(APIRoute):
    """For a handler that takes the request, one policy that reads the bearer token, and at most path parameters, optional
    headers and one model as JSON body, and that returns a finished `Response`. Use it with `APIRouter(route_class=…)`. A model
    with a class method `of_request` reads the body itself.

    Raises `NotDirect` where the signature asks for more.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._answer = _answerer(self)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.methods and scope["method"] not in self.methods:
            await super().handle(scope, receive, send)
            return
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)


def _answerer(route: APIRoute) -> Callable[[Request], Awaitable[Response]]:
    """Return what reads and checks a request for `route` and calls its handler."""
    wanted = route.dependant
    if len(wanted.dependencies) != 1 or not isinstance(wanted.dependencies[0].call, auth.Bearer):
        raise NotDirect(f"{route.path}: exactly one policy that reads the bearer token")
    if wanted.query_params or wanted.cookie_params or len(wanted.body_params) > 1 or not wanted.request_param_name:
        raise NotDirect(f"{route.path}: only the request, the policy, path, headers and one body")
    if any(field.field_info.is_required() for field in wanted.header_params):
        raise NotDirect(f"{route.path}: headers are optional here")
    policy, who_name = wanted.dependencies[0].call, wanted.dependencies[0].name
    handler: Callable[..., Awaitable[Response]] = route.endpoint
    request_name = wanted.request_param_name
    paths = [(field, field.name, field.alias) for field in wanted.path_params]
    headers = [(field, field.name, field.alias, field.alias.lower().encode()) for field in wanted.header_params]
    body = [(field.name, field.field_info.annotation) for field in wanted.body_params]
    if any(not (isinstance(model, type) and issubclass(model, BaseModel)) for _, model in body):
        raise NotDirect(f"{route.path}: the body is a model")

    async def answer(request: Request) -> Response:
        values: dict[str, Any] = {request_name: request}
        if who_name:
            values[who_name] = await policy(request)
        else:
            await policy(request)
        errors: list[Any] = []
        for field, name, alias in paths:
            values[name], found = field.validate(request.path_params[alias], loc=("path", alias))
            errors += found
        for field, name, alias, key in headers:
            given = next((value for header, value in request.scope["headers"] if header == key), None)
            if given is None:
                values[name] = field.default
            else:
                values[name], found = field.validate(given.decode("latin-1"), loc=("header", alias))
                errors += found
        for name, model in body:
            try:
                values[name] = await _body(request, model)
            except ValidationError as error:
                for mistake in error.errors(include_url=False):
                    errors.append({**mistake, "loc": ("body", *mistake["loc"])})
        if errors:
            raise RequestValidationError(errors)
        return await handler(**values)

    return answer


async def _body(request: Request, model: Any) -> Any:
    if (read := getattr(model, "of_request", None)) is not None:
        return await read(request)
    try:
        raw = await request.body()
    except ClientDisconnect:
        raise BadRequest from None
    kind = next((value for name, value in request.scope["headers"] if name == b"content-type"), b"")
    kind = kind.partition(b";")[0].strip().lower()
    if kind == b"application/json" or (kind.startswith(b"application/") and kind.endswith(b"+json")):
        return model.model_validate_json(raw)
    return model.model_validate(raw)  # not said to be JSON, so not read as such: this raises
