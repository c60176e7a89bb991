"""How a service listens: uvicorn on httptools, and nothing on a connection has two readings."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Ambiguous(ValueError):
    """A request that somebody in front of us may have read otherwise."""


class StrictProtocol(HttpToolsProtocol):
    """Closes the connection where uvicorn would go on reading after what it did not understand.

    An upgrade nobody offers and CONNECT end the parser's reading of the body, so what follows would be taken for the next
    request; chunks do not exist in HTTP/1.0; and a trailer must not become a header.
    """

    _in_headers = True

    def on_message_begin(self) -> None:
        self._in_headers = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_headers = False
        old = self.parser.get_http_version() != "1.1"
        if self.parser.should_upgrade() or (old and any(name == b"transfer-encoding" for name, _ in self.headers)):
            raise Ambiguous
        super().on_headers_complete()


# Every one of our servers listens like this, whatever its port.
LISTENING: dict[str, Any] = {
    "http": StrictProtocol,
    "ws": "none",
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    # Longer than the gateway keeps its idle connections, so that it never writes into a closing one.
    "timeout_keep_alive": 75,
}
