"""Query parameters that an operation does not know: one that does nothing misleads, so every operation refuses them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from libs.chassis.problems import Invalid

Handle = Callable[[Scope, Receive, Send], Awaitable[None]]
LONGEST_NAME = 80
_GUARDED = "_refuses_unknown_parameters"


def refuse_unknown(route: APIRoute) -> None:
    """Have a route refuse, with 422 and the name, what its signature does not declare. Once for each route."""
    if getattr(route, _GUARDED, False):
        return
    fields = [field for field in get_flat_params(route.dependant) if isinstance(field.field_info, Query)]
    known = frozenset(field.alias for field in fields)
    handle: Handle = route.handle

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if asked := scope["query_string"]:
            for name, _ in parse_qsl(asked.decode("latin-1"), keep_blank_values=True):
                if name not in known:
                    raise Invalid(f"{name[:LONGEST_NAME]}: no such parameter", errors=[_wrong(name)])
        await handle(scope, receive, send)

    route.handle = guarded  # type: ignore[method-assign]
    setattr(route, _GUARDED, True)


def _wrong(name: str) -> dict[str, Any]:
    return {"loc": ["query", name[:LONGEST_NAME]], "msg": "no such parameter", "type": "value_error"}
