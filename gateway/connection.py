"""One HTTP/1.1 connection of the pass-through path: sends a request, reads its answer, both as streams.

It takes no second meaning from an answer: what is not exactly one answer is an error and ends the connection. Parsing is
httptools' work.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol, cast

import httptools

Body = bytes | AsyncIterator[bytes] | None

BODILESS = (204, 304)
# A connection stays with the replica that accepted it: an end to each gives new replicas their share.
LONGEST_LIFE = 60.0
HIGH_WATER = 256 * 1024
MAX_HEADER_BYTES = 64 * 1024
ENDLESS = float("inf")


class Broken(ConnectionError):
    """The connection ended, or what came was not HTTP, before the answer was whole."""


class Unread(Broken):
    """A kept connection had been closed before anything of the answer came."""


class TooSlow(TimeoutError):
    """Nothing came for longer than the read timeout."""


class Owner(Protocol):
    """Who keeps a connection between two requests."""

    def keep(self, connection: "Connection") -> None:
        """It may carry another request."""

    def forget(self, connection: "Connection") -> None:
        """It has ended."""


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
        "_owner",
        "_parser",
        "_paused",
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

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
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
        self._owner.forget(self)
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
            self._owner.keep(self)
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
