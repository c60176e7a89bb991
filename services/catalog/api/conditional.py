"""Conditional requests: strong entity tags on reads, and the version an editor says they are changing."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from libs.chassis import text
from libs.chassis.problems import BadRequest, PreconditionRequired
from services.catalog.answers import Answer, packed

IfMatch = Annotated[
    Annotated[str, text.token(64)] | None, Header(description='The version you read, as in `"7"`.', examples=['"7"'])
]


class BadVersion(BadRequest):
    """If-Match must be the version as you read it, for example "7"."""

    code = "bad_version"


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


def version_of(if_match: str | None, *, required: bool = False) -> int | None:
    """Return the version in an If-Match header; None where there is none or any will do (`*`)."""
    if if_match is None:
        if required:
            raise PreconditionRequired
        return None
    value = if_match.strip()
    if value == "*":
        return None
    # Whoever compresses an answer on its way makes its tag weak (RFC 9110, 8.8.3); the version in it is the same.
    value = value.removeprefix("W/").strip('"')
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadVersion
    return int(value)
