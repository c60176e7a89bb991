"""The HTTP/1.1 client of the pass-through path: kept connections to one service, and the framing of what they are sent.

Framing is this module's alone: it writes `Content-Length` or chunks to what it was given and refuses callers that bring
their own. General clients cost ten times what moving the bytes does (measured by bench/gateway.py).
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Sequence
from urllib.parse import urlsplit

from gateway.connection import ENDLESS, Body, Connection, Unread

Headers = Sequence[tuple[bytes, bytes]]

# What belongs to one connection, or names its other end: never a caller's to say.
OURS = frozenset(
    b"connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade".split()
)
# Requests with these methods mean a body, so an absent one is said to be empty (RFC 9110, 8.6).
BODIED = frozenset((b"POST", b"PUT", b"PATCH"))
# Shorter than a service keeps its idle connections (75 s), so that no request meets one that is closing.
KEEPALIVE = 55.0


class NotEndToEnd(ValueError):
    """The caller passed a header of the connection, or bytes that would start another line: a mistake in the program."""


class NotConnected(ConnectionError):
    """Nobody accepted the connection: the service has not seen the request."""


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
