"""Reads a batch out of a request: bounded as it arrives and as it inflates, and in pieces where it is not whole JSON."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

import orjson
from msgspec import Raw
from starlette.requests import ClientDisconnect, Request

from libs.chassis.problems import BadRequest, TooLarge, Unsupported
from services.events.shapes import UNFIT

BODY_BYTES = 262_144
INFLATED_BYTES = 1_048_576
GZIP = 16 + zlib.MAX_WBITS
TYPES = frozenset({b"application/json", b"text/plain"})
# What counts when looking for the ends of events: strings, which may hold the others, brackets and commas.
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
COMMA = ord(",")
EVENTS = re.compile(rb'"events"\s*:\s*\[')


class BatchTooLarge(TooLarge):
    """A batch holds at most 200 events in 256 kB, or 1 MB once inflated. Send it in parts."""

    code = "batch_too_large"


class NotABatch(BadRequest):
    """This is no batch of events: a JSON object with `app`, `app_version` and a list `events`."""

    code = "not_a_batch"


class Broken:
    """An event that is not JSON, in a batch that otherwise is."""


BROKEN = Broken()


async def batch(request: Request, shape: Callable[[bytes], Any], most: int) -> Any:
    """Return a request's batch: of `shape`, whose events are not read yet, or as a dictionary where it has another one.

    It has at most so many events. Raises BatchTooLarge, NotABatch and Unsupported.
    """
    body = inflated(await _body(request), _encoding(request))
    try:
        if not body.isascii():
            body.decode()
        found = shape(body)
        count = len(found.events)
    except UNFIT:
        found = parse(body)
        count = len(found["events"])
    if count > most:
        raise BatchTooLarge
    return found


def event(raw: Any) -> Any:
    """Return an event that was not read yet, or `BROKEN`; any other as it is."""
    return _read(bytes(raw)) if type(raw) is Raw else raw


def inflated(raw: bytes, encoding: bytes) -> bytes:
    """Return what a body says once inflated."""
    if encoding != b"gzip":
        return raw
    inflater = zlib.decompressobj(GZIP)
    try:
        body = inflater.decompress(raw, INFLATED_BYTES + 1)
    except zlib.error:
        raise NotABatch("This says that it is gzip, and is not.") from None
    if len(body) > INFLATED_BYTES:
        raise BatchTooLarge
    if not inflater.eof or inflater.unused_data:
        raise NotABatch("This gzip ends too early, or goes on after its end.")
    return body


def parse(body: bytes) -> dict[str, Any]:
    """Return a batch; what in its list is not JSON, or too deep to be read, is `BROKEN`."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = _in_pieces(body)
    if not isinstance(found, dict) or not isinstance(found.get("events"), list):
        raise NotABatch
    return found


def _in_pieces(body: bytes) -> Any:
    """Cut the events out of a body that cannot be read as a whole, and read each by itself."""
    start = EVENTS.search(body)
    if start is None:
        raise NotABatch
    pieces, end = _pieces(body, start.end())
    try:
        found = orjson.loads(body[: start.end()] + body[end:])
    except orjson.JSONDecodeError:
        raise NotABatch from None
    if not isinstance(found, dict):
        raise NotABatch
    return {**found, "events": [_read(piece) for piece in pieces]}


def _pieces(body: bytes, start: int) -> tuple[list[bytes], int]:
    """Return the events of a list that begins at `start`, and where its end is."""
    pieces: list[bytes] = []
    began, level = start, 0
    for token in TOKEN.finditer(body, start):
        mark = body[token.start()]
        if mark in b"{[":
            level += 1
        elif mark in b"}]" and level > 0:
            level -= 1
        elif mark in b"}]":
            # A comma after the last event is no other event.
            last = body[began : token.start()]
            return [*pieces, last] if last.strip() else pieces, token.start()
        elif mark == COMMA and level == 0:
            pieces.append(body[began : token.start()])
            began = token.end()
    raise NotABatch


def _read(piece: bytes) -> Any:
    try:
        return orjson.loads(piece)
    except orjson.JSONDecodeError:
        return BROKEN


def _encoding(request: Request) -> bytes:
    encoding, kind = b"", b""
    for name, value in request.scope["headers"]:
        if name == b"content-encoding":
            encoding = value.strip().lower()
        elif name == b"content-type":
            kind = value.partition(b";")[0].strip().lower()
    if kind not in TYPES:
        raise Unsupported("Events are sent as application/json, or as text/plain by a page that is closing.")
    if encoding not in (b"", b"identity", b"gzip"):
        raise Unsupported("Events are sent as they are, or by gzip.")
    return encoding


async def _body(request: Request) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > BODY_BYTES:
                raise BatchTooLarge
            pieces.append(piece)
    except ClientDisconnect:
        raise BadRequest from None
    return b"".join(pieces)
