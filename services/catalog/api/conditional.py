"""Conditional requests: strong entity tags on reads, and the version an editor says they are changing."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Header, Request
from fastapi.responses import Response
from pydantic import BaseModel

from libs.chassis import text
from libs.chassis.problems import BadRequest, PreconditionRequired

IfMatch = Annotated[
    Annotated[str, text.token(64)] | None, Header(description='The version you read, as in `"7"`.', examples=['"7"'])
]


class BadVersion(BadRequest):
    """If-Match must be the version as you read it, for example "7"."""

    code = "bad_version"


def tagged(request: Request, body: BaseModel) -> Response:
    """Answer with `body` and its strong ETag, or with 304 where the client has exactly that already (RFC 9110, 13.1.2)."""
    content = body.model_dump_json().encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    # What a viewer may see depends on who asks: nobody but the viewer's own client may keep it.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in {item.strip().removeprefix("W/") for item in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def version_of(if_match: str | None, *, required: bool = False) -> int | None:
    """Return the version in an If-Match header; None where there is none or any will do (`*`)."""
    if if_match is None:
        if required:
            raise PreconditionRequired
        return None
    value = if_match.strip()
    if value == "*":
        return None
    value = value.strip('"')
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadVersion
    return int(value)
