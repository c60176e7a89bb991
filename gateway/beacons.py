"""A token in the first line of a body, for the one route that takes it: a page that is closing sends no headers of its own.

`navigator.sendBeacon` sends text after the page is gone. What the first line says is moved to where every token is; the service
sees the request as any other.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from starlette.types import Message, Receive, Scope

LONGEST = 8192  # as a token may be


class Opened(NamedTuple):
    """A request as it goes on, and what stands for its `Authorization`; None where its first line is no token."""

    scope: Scope
    receive: Receive
    authorization: bytes | None


def is_text(scope: Scope) -> bool:
    """Whether a request says that its body is plain text."""
    return any(
        name == b"content-type" and value.partition(b";")[0].strip().lower() == b"text/plain"
        for name, value in scope["headers"]
    )


async def opened(scope: Scope, receive: Receive, patience: float) -> Opened:
    """Take the first line off a body. Raises TimeoutError where it does not come in `patience` seconds."""
    start = b""
    message: Message = {"type": "http.request", "more_body": True}
    async with asyncio.timeout(patience):
        while b"\n" not in start and len(start) <= LONGEST and message.get("more_body"):
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            start += message.get("body", b"")
    line, _, rest = start.partition(b"\n")
    if len(line) == len(start) or len(line) > LONGEST or line.startswith(b"{"):
        return Opened(scope, receive, None)
    authorization = b"Bearer " + line.strip()
    begun: list[Message] = [{**message, "body": rest}]

    async def going_on() -> Message:
        return begun.pop() if begun else await receive()

    taken = len(line) + 1
    headers = [(b"authorization", authorization)]
    for name, value in scope["headers"]:
        headers.append((name, str(int(value) - taken).encode()) if name == b"content-length" else (name, value))
    return Opened({**scope, "headers": headers}, going_on, authorization)
