"""Conditional requests: strong entity tags on reads."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from services.catalog.answers import Answer, packed


def tagged(request: Request, body: BaseModel) -> Response:
    """Answer with `body` and its strong ETag, or with 304 where the client has exactly that already (RFC 9110, 13.1.2)."""
    return conditional(request, packed(body))


def conditional(request: Request, answer: Answer) -> Response:
    """The same of an answer that is ready to be sent."""
    # What a viewer may see depends on who asks: nobody but the viewer's own client may keep it.
    headers = {"ETag": answer.tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}
    if answer.languages:
        headers["Content-Language"] = answer.languages
    known = request.headers.get("if-none-match", "")
    if known and (known.strip() == "*" or answer.tag in {item.strip().removeprefix("W/") for item in known.split(",")}):
        return Response(status_code=304, headers=headers)
    return Response(answer.content, media_type="application/json", headers=headers)
