"""Passes requests through to the services, byte for byte and without holding a body: pure ASGI on a pooled client."""

import asyncio
import re
import time
from collections.abc import AsyncIterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import beacons, routes
from gateway.auth import Gate
from gateway.connection import BODILESS, Broken, Connection, TooSlow
from gateway.pool import Headers
from gateway.upstream import Services
from libs.chassis import telemetry
from libs.chassis.http.middleware import CLIENT_LEFT, TRACE_ID, meters, respond
from libs.chassis.ids import new_id
from libs.chassis.messaging.flags import Flags
from libs.chassis.problems import BadRequest, Locked, NotFound, Problem

log = telemetry.logger(__name__)

# What holds of experiments and flags: a client that knows another version asks for its assignments again.
EXPERIMENTS = b"bijou-experiments"
# Framing is the client's, a connection's headers are nobody else's.
HOP_BY_HOP = frozenset(
    b"connection content-length keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer"
    b" transfer-encoding upgrade".split()
)
# What `Connection` may not take away: the service must judge by the same words as the gateway did.
KEPT = frozenset(b"authorization content-encoding content-type".split())
# What a client says about where it comes from, and what only the gateway may say.
CLAIMS = frozenset(
    b"host expect forwarded x-real-ip x-request-id true-client-ip cf-connecting-ip x-original-url x-rewrite-url"
    b" x-http-method-override proxy".split()
)
DROPPED = HOP_BY_HOP | CLAIMS
PREFIXES_DROPPED = (b"x-forwarded-", b"x-bijou-")
DROPPED_BACK = (HOP_BY_HOP | {b"server", b"date", b"x-request-id"}) - {b"content-length"}
# tus clients that cannot send PATCH say it so; nobody else may change what admission judged.
OVERRIDE = b"x-http-method-override"
WATCH_AFTER = 0.2
# Seconds, where who refused an upload's question did not say how long.
WAIT = 2
WEAK = re.compile(rb'W/(?=")')


class ClientGone(Exception):
    """The client left before its request was whole."""


class BodyStalled(Problem):
    """What you were sending stopped coming. Please send it again."""

    status = 408
    code = "body_stalled"
    retryable = True


class UploadLocked(Locked):
    """This upload is safe. Whether it can go on cannot be said right now; please ask again in a few seconds."""

    code = "upload_locked"


class Exchange:
    """One request on its way through."""

    __slots__ = ("_patience", "_receive", "_received", "_watcher", "gone")

    def __init__(self, receive: Receive, patience: float) -> None:
        self.gone = False
        self._patience = patience
        self._receive = receive
        self._received = asyncio.Event()
        self._watcher: asyncio.Task[None] | None = None

    async def body(self, has_body: bool) -> bytes | AsyncIterator[bytes] | None:
        """None, a whole small body, or a stream that is read as fast as the service takes it."""
        if not has_body:
            self._received.set()
            return None
        message = await self._next()
        if not message.get("more_body"):
            self._received.set()
            return bytes(message.get("body", b""))
        return self._stream(message)

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(self._patience):
                message = await self._receive()
        except TimeoutError:
            raise BodyStalled from None
        if message["type"] == "http.disconnect":
            self.gone = True
            raise ClientGone
        return message

    async def _stream(self, message: Message) -> AsyncIterator[bytes]:
        while True:
            if chunk := message.get("body"):
                yield chunk
            if not message.get("more_body"):
                self._received.set()
                return
            message = await self._next()

    def watch(self, task: asyncio.Task[None]) -> None:
        """From now on a client that leaves ends the request at the service too."""
        self._watcher = asyncio.create_task(self._wait(task))

    async def _wait(self, task: asyncio.Task[None]) -> None:
        await self._received.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        task.cancel()

    def close(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()


class Proxy:
    """ASGI: what the gateway composes goes on to `app`; every other path under /api goes to its service."""

    def __init__(self, app: ASGIApp, *, gate: Gate, services: Services, flags: Flags) -> None:
        self._app = app
        self._gate = gate
        self._services = services
        self._flags = flags

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(("/api/", "/.well-known/")):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        method: str = scope["method"]
        path: str = scope["path"]
        real_ip = authorization = request_id = None
        twice = False
        for name, value in scope["headers"]:
            if name == b"authorization":
                if authorization is not None:
                    twice = True
                authorization = value
            elif name == b"x-real-ip":
                real_ip = value
            elif name == b"x-request-id":
                request_id = value
        trace_id = request_id.decode() if request_id and TRACE_ID.fullmatch(request_id) else new_id().hex
        scope.setdefault("state", {})["trace_id"] = trace_id
        match = routes.match(path)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (EXPERIMENTS, self._flags.version.encode())]}
            await send(message)

        try:
            if twice:
                raise BadRequest("This request names its caller twice.")
            if authorization is None and routes.takes_beacons(method, path) and beacons.is_text(scope):
                scope, receive, authorization = await self._opened(scope, receive)
            peer = scope["client"][0] if scope.get("client") else ""
            caller = await self._gate.admit(method, path, peer, real_ip, authorization)
            if routes.is_composed(method, path):
                # The server in front of us leaves the body of a HEAD away.
                await self._app({**scope, "method": "GET"}, receive, answer)
                return
            if match is None:
                raise NotFound("There is nothing at this address. The API is described at /api/v1/openapi.json.")
            await self._forward(match.service, scope, receive, answer, caller.address, trace_id)
        except Problem as problem:
            if _asks_where_to_go_on(scope) and _passes(problem.status):
                problem = UploadLocked(retry_after=problem.retry_after or WAIT)
            await respond(problem, scope, _with_trace(answer, trace_id))
        self._record(method, match.prefix if match else "unmatched", status, path, trace_id, started)

    async def _opened(self, scope: Scope, receive: Receive) -> beacons.Opened:
        try:
            return await beacons.opened(scope, receive, self._services.timeout("write"))
        except TimeoutError:
            raise BodyStalled from None

    async def _forward(
        self, service: str, scope: Scope, receive: Receive, send: Send, address: str, trace_id: str
    ) -> None:
        headers, has_body, length = _request_headers(scope["headers"])
        headers.append((b"x-real-ip", address.encode()))
        headers.append((b"x-request-id", trace_id.encode()))
        target: bytes = scope["raw_path"]
        if scope["query_string"]:
            target = target + b"?" + scope["query_string"]
        patience = routes.patience(scope["method"], scope["path"])
        exchange = Exchange(receive, self._services.timeout(patience))
        task = asyncio.current_task()
        assert task is not None
        # Most requests end before this; a task for each of them would cost a tenth of the throughput.
        timer = asyncio.get_running_loop().call_later(WATCH_AFTER, exchange.watch, task)
        try:
            if patience == "upload":
                headers += [header for header in scope["headers"] if header[0] == OVERRIDE]
            data = await exchange.body(has_body)
            response = await self._services.open(
                service, scope["method"].encode(), target, headers, data, length, patience
            )
            try:
                if _passes(response.status) and _asks_where_to_go_on(scope):
                    raise UploadLocked(retry_after=WAIT)
                await _send_response(response, scope, send, trace_id, self._services.base(service))
            finally:
                response.release()
        except ClientGone:
            return
        except (Broken, TooSlow) as error:
            # Too late for another answer; the client sees that this one ends short of its length.
            log.warning("answer_cut_short", service=service, path=scope["path"], reason=str(error))
            raise
        except asyncio.CancelledError:
            if not exchange.gone:
                raise
            task.uncancel()
        finally:
            timer.cancel()
            exchange.close()

    def _record(self, method: str, route: str, status: int, path: str, trace_id: str, started: float) -> None:
        status = status or CLIENT_LEFT
        seconds = time.perf_counter() - started
        counted, timed = meters(method, route, status)
        counted.inc()
        timed.observe(seconds)
        if status >= 400:
            write = log.warning if status >= 500 else log.info
            write("request", method=method, path=path, status=status, ms=round(seconds * 1000, 1), trace_id=trace_id)


def _asks_where_to_go_on(scope: Scope) -> bool:
    """Whether a tus client asks for its offset. To it every error but 423 means that the film must begin again."""
    if routes.patience(scope["method"], scope["path"]) != "upload":
        return False
    if scope["method"] == "POST":
        return any(name == OVERRIDE and value.strip().upper() == b"HEAD" for name, value in scope["headers"])
    return bool(scope["method"] == "HEAD")


def _passes(status: int) -> bool:
    """Whether an error says nothing about what was asked for, and is over after a while."""
    return status == 429 or status >= 500


def _request_headers(raw: Headers) -> tuple[list[tuple[bytes, bytes]], bool, int | None]:
    """What the service may see of what came from outside, whether a body follows, and its length where that is known."""
    headers: list[tuple[bytes, bytes]] = []
    has_body = False
    length: int | None = None
    listed: frozenset[bytes] = frozenset()
    for header in raw:
        name = header[0]
        if name in DROPPED:
            if name == b"content-length":
                length = int(header[1])
                has_body = length > 0
            elif name == b"transfer-encoding":
                has_body = True
            elif name == b"connection" and header[1] not in (b"keep-alive", b"close"):
                listed = frozenset(option.strip().lower() for option in header[1].split(b","))
            continue
        if name.startswith(PREFIXES_DROPPED):
            continue
        if name == b"if-none-match":
            # The edge weakens tags when it compresses; the services compare them as they made them.
            header = (name, WEAK.sub(b"", header[1]))
        headers.append(header)
    if listed:
        headers = [header for header in headers if header[0] not in listed - KEPT]
    return headers, has_body, length


async def _send_response(response: Connection, scope: Scope, send: Send, trace_id: str, base: bytes) -> None:
    headers: list[tuple[bytes, bytes]] = []
    for header in response.headers:
        name, value = header
        if name in DROPPED_BACK or (name == b"content-length" and response.status in BODILESS):
            continue
        if name == b"content-type" and value.startswith(b"text/event-stream"):
            headers.append((b"x-accel-buffering", b"no"))
            response.be_patient()
        elif name == b"location" and value.startswith(base):
            header = (name, value[len(base) :] or b"/")
        headers.append(header)
    headers.append((b"x-request-id", trace_id.encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    while True:
        chunk = await response.read()
        last = not chunk or response.at_end()
        await send({"type": "http.response.body", "body": chunk, "more_body": not last})
        if last:
            return


def _with_trace(send: Send, trace_id: str) -> Send:
    async def traced(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-request-id", trace_id.encode())]
        await send(message)

    return traced
