"""The HTTP/1.1 client of the pass-through path: pooled connections, streaming both ways, framing, nothing else.

Framing is this module's alone: it writes `Content-Length` or chunks to what it was given, refuses callers that bring their
own, and takes no second meaning from an answer: what is not exactly one answer is an error and ends the connection.

General clients cost ten times what moving the bytes does (measured by bench/gateway.py); parsing is httptools' work here.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import cast
from urllib.parse import urlsplit

import httptools

Headers = Sequence[tuple[bytes, bytes]]
Body = bytes | AsyncIterator[bytes] | None

# What belongs to one connection, or names its other end: never a caller's to say.
OURS = frozenset(
    b"connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
# Requests with these methods mean a body, so an absent one is said to be empty (RFC 9110, 8.6).
BODIED = frozenset((b"POST", b"PUT", b"PATCH"))
BODILESS = (204, 304)
# Shorter than a service keeps its idle connections (75 s), so that no request meets one that is closing.
KEEPALIVE = 55.0
# A connection stays with the replica that accepted it: an end to each gives new replicas their share.
LONGEST_LIFE = 60.0
HIGH_WATER = 256 * 1024
MAX_HEADER_BYTES = 64 * 1024
ENDLESS = float("inf")


class NotEndToEnd(ValueError):
    """The caller passed a header of the connection, or bytes that would start another line: a mistake in the program."""


class NotConnected(ConnectionError):
    """Nobody accepted the connection: the service has not seen the request."""


class Broken(ConnectionError):
    """The connection ended, or what came was not HTTP, before the answer was whole."""


class Unread(Broken):
    """A kept connection had been closed before anything of the answer came."""


class TooSlow(TimeoutError):
    """Nothing came for longer than the read timeout."""


class Connection(asyncio.Protocol):
    """One connection, one request at a time; also the answer to that request."""

    __slots__ = (
        "_body",
        "_buffered",
        "_can_write",
        "_chunked",
        "_framed",
        "_head",
        "_header_bytes",
        "_is_head",
        "_keep_alive",
        "_parser",
        "_paused",
        "_pool",
        "_reader",
        "_reusable",
        "_timeout",
        "_transport",
        "_whole",
        "born",
        "closed",
        "error",
        "headers",
        "idle_since",
        "status",
    )

    def __init__(self, pool: "Pool") -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._can_write: asyncio.Future[None] | None = None
        self._paused = False
        self._timeout = ENDLESS
        self.closed = False
        self.born = time.monotonic()
        self.idle_since = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._reset(False)

    def _reset(self, is_head: bool) -> None:
        self._is_head = is_head
        self._head: asyncio.Future[None] | None = None
        self._reader: asyncio.Future[None] | None = None
        self._body: deque[bytes] = deque()
        self._buffered = 0
        self._header_bytes = 0
        self._framed = False
        self._chunked = False
        self._whole = False
        self._keep_alive = False
        self._reusable = True
        self.error: Exception | None = None
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []

    # -- asyncio.Protocol -------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._whole:
            self.close()  # nobody asked for this; it must not be read as the answer to what is asked next
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self._whole:
                self._fail(_reason(error))
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        self._pool.forget(self)
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        if self._whole:
            return
        if self.status >= 200 and not self._framed and error is None:
            self.on_message_complete()  # an answer without a length ends with the connection
        elif self._header_bytes or self.status:
            self._fail(Broken("the connection ended within the answer"))
        else:
            self._fail(Unread("the connection ended before the answer"))

    def pause_writing(self) -> None:
        self._can_write = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._can_write is not None and not self._can_write.done():
            self._can_write.set_result(None)
        self._can_write = None

    # -- httptools --------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._whole:
            self.close()  # more than one answer to one request

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._whole or self.status:
            return  # a trailer is not a header
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES:
            raise Broken("the answer's headers are too large")
        name = name.lower()
        if name == b"content-length":
            self._framed = True
        elif name == b"transfer-encoding":
            if self._chunked or value.lower() != b"chunked":
                raise Broken(f"an answer in the transfer encoding {value!r}")
            self._framed = self._chunked = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._whole:
            return
        status = self._parser.get_status_code()
        version = self._parser.get_http_version()
        if version not in ("1.1", "1.0") or (version == "1.0" and self._chunked) or status == 101:
            raise Broken(f"an answer of HTTP/{version} with status {status}, which nobody asked for")
        if status < 200:
            return  # 100 Continue and its like are between the service and us
        self.status = status
        if self._is_head or status in BODILESS:
            self._framed = True
        if self._is_head:
            # The parser would wait for the body that the length announces and a HEAD never gets.
            self._reusable = False
            self._finish()
        if self._head is not None and not self._head.done():
            self._head.set_result(None)

    def on_body(self, data: bytes) -> None:
        if self._whole:
            self.close()
            return
        self._body.append(data)
        self._buffered += len(data)
        if self._buffered > HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        if self.status < 200:
            # Nobody asks for interim answers, so what sends them is trusted with one request.
            self._reusable = False
            self.headers = []
            self._framed = self._chunked = False
        elif not self._whole:
            self._keep_alive = not self.closed and self._parser.should_keep_alive()
            self._finish()

    # -- the request ------------------------------------------------------------------------------------------

    async def send(self, head: bytes, body: Body, length: int | None, is_head: bool, timeout: float) -> None:
        """Sends a request and returns when the answer's headers are there. Raises Unread, Broken or TooSlow."""
        assert self._transport is not None
        self._reset(is_head)
        self._timeout = timeout
        self._head = asyncio.get_running_loop().create_future()
        if body is None or isinstance(body, bytes):
            self._transport.write(head + body if body else head)
            await self._within(self._head)
        else:
            await self._send_stream(head, body, length)
        if self.error is not None and not self.status:
            raise self.error

    async def _send_stream(self, head: bytes, body: AsyncIterator[bytes], length: int | None) -> None:
        assert self._transport is not None and self._head is not None
        self._transport.write(head)
        sending = asyncio.ensure_future(self._write_all(body, length))
        # Looked at once in any case, so that a sender who leaves is nobody's unheard error.
        sending.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait((sending, self._head), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
                await self._within(self._head)
            else:
                # The service answered without having read everything: what follows would be misread as a request.
                self._reusable = False
        finally:
            sending.cancel()

    async def _write_all(self, body: AsyncIterator[bytes], length: int | None) -> None:
        assert self._transport is not None
        sent = 0
        async for chunk in body:
            if self.closed or self.error is not None:
                return
            sent += len(chunk)
            if length is not None and sent > length:
                raise Broken(f"a body of {length} bytes goes on after its end")
            if chunk:
                self._transport.write(chunk if length is not None else b"%x\r\n%b\r\n" % (len(chunk), chunk))
            if self._can_write is not None:
                await self._within(self._can_write)
        if length is None:
            self._transport.write(b"0\r\n\r\n")
        elif sent < length:
            raise Broken(f"a body of {length} bytes ended after {sent}")

    # -- the answer -------------------------------------------------------------------------------------------

    async def read(self) -> bytes:
        """The next piece of the body as it came, or nothing at its end. Raises Broken or TooSlow."""
        while not self._body:
            if self.error is not None:
                raise self.error
            if self._whole:
                return b""
            self._reader = asyncio.get_running_loop().create_future()
            await self._within(self._reader)
        data = self._body.popleft()
        self._buffered -= len(data)
        if self._paused and self._buffered <= HIGH_WATER // 2 and self._transport is not None:
            self._paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        return data

    def be_patient(self) -> None:
        """From now on silence has no limit, as in an event stream while nothing happens."""
        self._timeout = ENDLESS

    def at_end(self) -> bool:
        """Whether everything has been read."""
        return self._whole and not self._body

    def release(self) -> None:
        """Gives the connection back; one whose answer was not read to its end is closed."""
        if self._whole and self._keep_alive and self._reusable and not self._paused and not self.is_old():
            self._pool.keep(self)
        else:
            self.close()

    def is_old(self) -> bool:
        """Whether it has lived its life, or ends already."""
        return self.closed or not self._reusable or time.monotonic() - self.born > LONGEST_LIFE

    def close(self) -> None:
        """Ends the connection now, and with it what the service does for this request."""
        self._reusable = False
        if self._transport is not None and not self.closed:
            self._transport.abort()

    # -- within -----------------------------------------------------------------------------------------------

    async def _within(self, future: asyncio.Future[None]) -> None:
        if self._timeout == ENDLESS:
            await future
            return
        timer = asyncio.get_running_loop().call_later(self._timeout, self._fail, TooSlow("nothing came in time"))
        try:
            await future
        finally:
            timer.cancel()

    def _finish(self) -> None:
        self._whole = True
        self._wake()

    def _fail(self, error: Exception) -> None:
        if self.error is None:
            self.error = error
        for waited in (self._head, self._can_write):
            if waited is not None and not waited.done():
                waited.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)


def _reason(error: Exception) -> Broken:
    # What a callback raised comes wrapped in the parser's own error.
    cause = error.__context__
    return cause if isinstance(cause, Broken) else Broken(f"not HTTP: {error}")


def _head(method: bytes, target: bytes, fixed: bytes, headers: Headers, framing: bytes) -> bytes:
    """The request line and headers. Raises NotEndToEnd."""
    if not OURS.isdisjoint([name.lower() for name, _ in headers]):
        raise NotEndToEnd("a header of the connection was passed as one of the request")
    lines = [b"%b %b HTTP/1.1\r\n%b" % (method, target, fixed)]
    lines += [b"%b: %b" % header for header in headers]
    lines.append(framing)
    head = b"\r\n".join(lines)
    breaks = len(lines) + fixed.count(b"\n") + framing.count(b"\n")
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or target.count(b" ") or b"\0" in head:
        raise NotEndToEnd("a request line or header that would be read as more than one")
    return head


def _framing(method: bytes, body: Body, length: int | None) -> bytes:
    """The header that says where the body ends, and the end of the headers."""
    if body is None:
        return b"content-length: 0\r\n\r\n" if method in BODIED else b"\r\n"
    if isinstance(body, bytes):
        length = len(body)
    return b"transfer-encoding: chunked\r\n\r\n" if length is None else b"content-length: %d\r\n\r\n" % length


class Pool:
    """The connections to one service. `base` is `http(s)://host[:port]`; `always` are headers of every request."""

    def __init__(self, base: str, *, connect_timeout: float, always: Headers = ()) -> None:
        url = urlsplit(base)
        self._host = url.hostname or ""
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._port = url.port or (443 if self._tls else 80)
        self._connect_timeout = connect_timeout
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self.base = base.encode()
        self._fixed = b"\r\n".join(b"%b: %b" % header for header in ((b"host", url.netloc.encode()), *always))

    async def request(
        self,
        method: bytes,
        target: bytes,
        headers: Headers,
        body: Body = None,
        *,
        length: int | None = None,
        timeout: float = ENDLESS,
    ) -> Connection:
        """The answer, its headers read. A streamed `body` of a known size says its `length`; any other goes in chunks.

        Raises NotEndToEnd, NotConnected, Unread, Broken or TooSlow; release or close what it returns.
        """
        head = _head(method, target, self._fixed, headers, _framing(method, body, length))
        again = (body is None or isinstance(body, bytes)) and method in (b"GET", b"HEAD")
        while True:
            kept = self._take()
            connection = kept or await self._connect()
            try:
                await connection.send(head, body, length, method == b"HEAD", timeout)
            except Unread:
                connection.close()
                # A kept connection that its service had just closed says nothing about the request.
                if kept is not None and again:
                    continue
                raise
            except BaseException:
                connection.close()
                raise
            return connection

    def keep(self, connection: Connection) -> None:
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)

    def close(self) -> None:
        for connection in list(self._open):
            connection.close()

    def _take(self) -> Connection | None:
        oldest = time.monotonic() - KEEPALIVE
        while self._idle:
            connection = self._idle.pop()
            if connection.idle_since > oldest and not connection.is_old():
                return connection
            connection.close()
        return None

    async def _connect(self) -> Connection:
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self), self._host, self._port, ssl=self._tls
                )
        except (OSError, TimeoutError) as error:
            raise NotConnected(f"{self._host}:{self._port}: {error or type(error).__name__}") from error
        self._open.add(connection)
        return connection
