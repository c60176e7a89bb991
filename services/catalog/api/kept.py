"""Answers to viewers: kept for those of the same kind, conditional, and in the viewer's language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from libs.chassis import text
from libs.chassis.security import auth
from libs.contracts.token import Principal
from services.catalog.answers import Answer, Answers
from services.catalog.api.conditional import conditional
from services.catalog.service.own_stars import OwnStars

AcceptLanguage = Annotated[
    Annotated[str, text.token(500, shortest=0)],
    Header(
        alias="Accept-Language", description="Languages to speak where the profile has none.", examples=["de, en;q=0.5"]
    ),
]


class KeptRoute(APIRoute):
    """A route whose answer is sent at once while one is kept for viewers of the caller's kind.

    Who may ask is looked at each time; what was asked was found good when the answer was made.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        policies = (each.call for each in self.dependant.dependencies)
        self._policy = next(each for each in policies if isinstance(each, auth.Bearer))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is kept; else answer as any route does."""
        if scope["method"] == "GET":
            request = Request(scope, receive)
            who = await self._policy(request)
            found = _answers(request).kept(_key(request, who))
            if found is not None:
                response = await _sent(request, who, found)
                await response(scope, receive, send)
                return
        await super().handle(scope, receive, send)


async def answer(
    request: Request, who: Principal, read: Callable[[], Awaitable[BaseModel]], rates: UUID | None = None
) -> Response:
    """Answer what is asked with what `read` returns, which says nothing of this profile alone, and with its stars for `rates`."""
    return await _sent(request, who, await _answers(request).get(_key(request, who), read, rates))


async def _sent(request: Request, who: Principal, found: Answer) -> Response:
    if found.rates is not None:
        stars: OwnStars = request.app.state.own_stars
        found = found.rated(await stars.of(found.rates, who.profile))
    return conditional(request, found)


def _answers(request: Request) -> Answers:
    return request.app.state.answers  # type: ignore[no-any-return]


def _key(request: Request, who: Principal) -> Hashable:
    """Return what viewers who are told the same have in common."""
    scope = request.scope
    spoken = who.language or next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return scope["path"], scope["query_string"], who.country, who.maturity, spoken
