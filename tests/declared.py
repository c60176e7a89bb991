"""Watches what services answer in tests: a code that an operation's document does not name fails the test that met it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from gateway.upstream import ServiceSlow, ServiceUnavailable
from libs.chassis import problems
from libs.chassis.http import app

OURS = ("services.", "pipelines.", "gateway.")
# A hole in a type at the door, which is a mistake to be mended and not to be declared.
MISTAKES = frozenset({"internal_error", "not_storable"})
# gateway/openapi.py declares these for every operation of the document that clients get.
EVERYWHERE = frozenset({ServiceUnavailable.code, ServiceSlow.code})
# By service and operation. A test makes its service anew; to write the document anew as well took a quarter of its time.
CODES: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)


@contextmanager
def watching() -> Iterator[list[str]]:
    """Note every undeclared code of applications that are built from now on."""
    met: list[str] = []
    answer = app._on_problem

    async def noting(request: Request, error: Exception) -> Response:
        if isinstance(error, problems.Problem) and (undeclared := _undeclared(request, error.code)):
            met.append(undeclared)
        return await answer(request, error)

    app._on_problem = noting
    try:
        yield met
    finally:
        app._on_problem = answer


def _undeclared(request: Request, code: str) -> str | None:
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or not route.include_in_schema or code in MISTAKES | EVERYWHERE:
        return None
    if not route.endpoint.__module__.startswith(OURS):
        return None
    service: str = request.app.title
    where = f"{request.method} {route.path_format}"
    if where not in CODES[service]:
        CODES[service] = _codes(request.app.openapi())
    return None if code in CODES[service][where] else f"{where} answers `{code}`: declare it with raises(…)"


def _codes(document: dict[str, Any]) -> dict[str, frozenset[str]]:
    return {
        f"{method.upper()} {path}": frozenset(operation["x-bijou-codes"])
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
