"""The version an editor says they are changing, in the header If-Match."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Response

from libs.chassis import text
from libs.chassis.problems import BadRequest, PreconditionRequired

IfMatch = Annotated[
    Annotated[str, text.token(64)] | None, Header(description='The version you read, as in `"7"`.', examples=['"7"'])
]


class BadVersion(BadRequest):
    """If-Match must be the version as you read it, for example "7"."""

    code = "bad_version"


def tag(response: Response, version: int) -> None:
    """Tell the version that an answer shows, to be given back in If-Match."""
    response.headers["ETag"] = f'"{version}"'
    response.headers["Cache-Control"] = "private, no-store"


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
