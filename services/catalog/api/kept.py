"""Answers to viewers: kept for those of the same kind, conditional, and in the viewer's language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel

from libs.chassis import text
from libs.contracts.token import Principal
from services.catalog.answers import Answer, Answers
from services.catalog.api.conditional import conditional

AcceptLanguage = Annotated[
    Annotated[str, text.token(500, shortest=0)],
    Header(
        alias="Accept-Language", description="Languages to speak where the profile has none.", examples=["de, en;q=0.5"]
    ),
]


async def answer(
    request: Request,
    who: Principal,
    header: str,
    read: Callable[[], Awaitable[BaseModel]],
) -> Response:
    """Answer what is asked with what `read` returns, which says nothing of this profile alone."""
    return conditional(request, await kept(request, who, header, read))


async def kept(request: Request, who: Principal, header: str, read: Callable[[], Awaitable[BaseModel]]) -> Answer:
    """Return the answer that is the same for viewers of this kind."""
    answers: Answers = request.app.state.answers
    url = request.scope["path"], request.scope["query_string"]
    return await answers.get((url, who.country, who.maturity, who.language or header), read)
