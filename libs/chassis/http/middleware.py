"""Pure ASGI middleware: what the gateway alone may say, a trace id for every request, one log line, and the metrics."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
import time
from functools import lru_cache
from typing import Any

import orjson
import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.chassis import telemetry
from libs.chassis.problems import InternalError

log = telemetry.logger(__name__)
LEVEL = logging.getLogger(__name__)
TRACE_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
QUIET = ("/livez", "/readyz", "/metrics")
GATEWAY = b"x-bijou-gateway"
CLIENT_LEFT = 499
# An answer that says nothing of itself is one viewer's and not kept.
PRIVATE = (b"cache-control", b"private, no-store")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Requests:
    """Gives every request its trace id (from `X-Request-ID` where well formed), logs and counts it.

    `X-Real-IP` and `X-Bijou-…` reach the application only from who knows `gateway_secret`. An exception nobody handled
    becomes a 500 problem here, logged with its traceback.
    """

    def __init__(self, app: ASGIApp, gateway_secret: str) -> None:
        self.app = app
        self._secret = gateway_secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = self._believe(scope)
        trace_id = given.decode() if given and TRACE_ID.fullmatch(given) else secrets.token_hex(16)
        scope.setdefault("state", {})["trace_id"] = trace_id
        structlog.contextvars.bind_contextvars(trace_id=trace_id)
        started = time.perf_counter()
        status = 0

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (b"x-request-id", trace_id.encode())]
                if status != 304 and not any(name == b"cache-control" for name, _ in headers):
                    headers.append(PRIVATE)
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_traced)
        except ClientDisconnect:
            status = CLIENT_LEFT  # nobody is there to be answered, and nothing is wrong here
        except Exception:
            log.exception("request_failed", method=scope["method"], path=scope["path"])
            if status:
                raise  # too late to answer anything else
            await respond(InternalError(), scope, send_traced)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            counted, timed = meters(scope["method"], route, status)
            counted.inc()
            timed.observe(seconds)
            level = logging.WARNING if status >= 500 else logging.DEBUG if status < 400 else logging.INFO
            # Asked first: a line that nobody wants to see costs more than all the rest of this middleware.
            if LEVEL.isEnabledFor(level) and scope["path"] not in QUIET:
                ms = round(seconds * 1000, 1)
                log.log(level, "request", method=scope["method"], path=scope["path"], status=status, ms=ms)
            structlog.contextvars.unbind_contextvars("trace_id")

    def _believe(self, scope: Scope) -> bytes:
        """Take out of the headers what only the gateway may say, unless it does. Return the request's id, if one is given."""
        given = secret = b""
        claims = False
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given = value
            elif name == b"x-real-ip":
                claims = True
            elif name.startswith(b"x-bijou-"):
                claims = True
                if name == GATEWAY:
                    secret = value
        if claims:
            trusted = self._secret and hmac.compare_digest(secret, self._secret)
            scope["headers"] = [
                (name, value)
                for name, value in scope["headers"]
                if name != GATEWAY and (trusted or not (name == b"x-real-ip" or name.startswith(b"x-bijou-")))
            ]
        return given


@lru_cache(maxsize=2048)
def meters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the request counter and timer of these labels, which are slow to look up. Callers choose no label."""
    method = method if method in METHODS else "other"
    return telemetry.REQUESTS.labels(method, route, str(status)), telemetry.SECONDS.labels(method, route)


async def respond(problem: Any, scope: Scope, send: Send) -> None:
    """Answer with a problem document, from anywhere in the stack."""
    body = orjson.dumps(problem.body(scope.get("state", {}).get("trace_id", "")), default=str)
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    headers.append(PRIVATE)
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers().items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
