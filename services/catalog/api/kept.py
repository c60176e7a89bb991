"""Answers to viewers: kept for those of the same kind, conditional, and in the viewer's language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel

from libs.chassis import text
from libs.contracts.token import Principal
from services.catalog.answers import Answers
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
    *,
    own: bool = False,
) -> Response:
    """Answer what is asked with what `read` returns; `own`: it says something of this profile alone."""
    answers: Answers = request.app.state.answers
    url = request.scope["path"], request.scope["query_string"]
    kind = who.country, who.maturity, who.language or header, who.profile_id if own else None
    return conditional(request, await answers.get((url, kind), read))
