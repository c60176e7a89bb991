"""A tiny threaded HTTP server that stands for the gateway or a bucket and remembers what reached it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Upstream:
    port: int = 0
    delay: float = 0.0
    objects: dict[str, bytes] = field(default_factory=dict)
    # The entity tags of what is JSON.
    tags: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    received: list[tuple[float, int]] = field(default_factory=list)
    more: threading.Event = field(default_factory=threading.Event)


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            headers = {k.lower(): v for k, v in self.headers.items()}
            upstream.seen.append(Seen(self.command, self.path, headers))
            time.sleep(upstream.delay)
            if self.path == "/api/v1/stream":
                self._stream()
                return
            if self.path in upstream.moved:
                self.send_response(301)
                self.send_header("Location", upstream.moved[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = upstream.objects.get(self.path)
            self.send_response(200 if body is not None else 404)
            content = body if body is not None else b"<Error><Code>NoSuchKey</Code></Error>"
            self.send_header("Content-Length", str(len(content)))
            kind = "application/json" if self.path in upstream.tags else "video/iso.segment"
            self.send_header("Content-Type", kind if body is not None else "application/xml")
            if self.path in upstream.tags:
                self.send_header("ETag", upstream.tags[self.path])
            self.send_header("Set-Cookie", "bucket=1")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815

        def _stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("X-Accel-Buffering", "no")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"data: first\n\n")
            self.wfile.flush()
            upstream.more.wait(20)
            self.wfile.write(b"data: second\n\n")
            self.close_connection = True

        def do_PATCH(self) -> None:
            headers = {k.lower(): v for k, v in self.headers.items()}
            upstream.seen.append(Seen(self.command, self.path, headers))
            left = int(headers.get("content-length", "0"))
            while left:
                chunk = self.rfile.read1(min(left, 65536))
                if not chunk:
                    break
                left -= len(chunk)
                upstream.received.append((time.monotonic(), len(chunk)))
            self.send_response(204)
            self.end_headers()

        do_POST = do_PATCH  # noqa: N815

    return Handler


@contextmanager
def running(upstream: Upstream | None = None) -> Iterator[Upstream]:
    upstream = upstream or Upstream()
    server = ThreadingHTTPServer(("127.0.0.1", upstream.port), _handler(upstream))
    server.daemon_threads = True
    upstream.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        upstream.more.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
