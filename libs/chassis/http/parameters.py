"""Query parameters that an operation does not know, or gets twice: one that does nothing misleads, so each is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from libs.chassis.problems import Invalid

Handle = Callable[[Scope, Receive, Send], Awaitable[None]]
LONGEST_NAME = 80
_GUARDED = "_refuses_unknown_parameters"


def refuse_others(route: APIRoute) -> None:
    """Have an operation refuse, with 422 and the name, what its signature does not declare. Once for each route.

    Pages outside the API's description keep taking whatever a link carries (`?utm_source=…`). No operation takes a list as
    a parameter; one that did would need a rule here for being given twice.
    """
    if not route.include_in_schema or getattr(route, _GUARDED, False):
        return
    fields = [field for field in get_flat_params(route.dependant) if isinstance(field.field_info, Query)]
    known = frozenset(field.alias for field in fields)
    handle: Handle = route.handle

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        # Before anything else, who asks included: what an operation takes is public.
        if asked := scope["query_string"]:
            _refuse(parse_qsl(asked.decode("latin-1"), keep_blank_values=True), known)
        await handle(scope, receive, send)

    route.handle = guarded  # type: ignore[method-assign]
    setattr(route, _GUARDED, True)


def _refuse(asked: list[tuple[str, str]], known: frozenset[str]) -> None:
    met: set[str] = set()
    for name, _ in asked:
        if name not in known:
            raise _wrong(name[:LONGEST_NAME], "no such parameter")
        if name in met:
            raise _wrong(name, "given more than once")
        met.add(name)


def _wrong(name: str, said: str) -> Invalid:
    return Invalid(f"{name}: {said}", errors=[{"loc": ["query", name], "msg": said, "type": "value_error"}])
