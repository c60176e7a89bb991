"""The edge follows the gateway and the bucket to new addresses, where it knows a name server."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.edge import main, render
from deploy.edge.settings import DirectoryStore, EdgeSettings, S3Store
from tests.edge import nginx

A, IN = 1, 1


@dataclass
class Names:
    """A name server that knows one address for every name."""

    port: int
    address: str


@contextmanager
def names(address: str) -> Iterator[Names]:
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asked.bind(("127.0.0.1", 0))
    known = Names(asked.getsockname()[1], address)

    def answer() -> None:
        while True:
            query, who = asked.recvfrom(512)
            if not query:
                return
            end = query.index(b"\0", 12) + 5
            question, kind = query[12:end], int.from_bytes(query[end - 4 : end - 2], "big")
            counts = (1, int(kind == A), 0, 0)
            told = query[:2] + b"\x81\x80" + b"".join(count.to_bytes(2, "big") for count in counts) + question
            if kind == A:
                # Ten minutes, as an engine's name server says of containers.
                told += b"\xc0\x0c" + A.to_bytes(2, "big") + IN.to_bytes(2, "big") + (600).to_bytes(4, "big")
                told += (4).to_bytes(2, "big") + socket.inet_aton(known.address)
            asked.sendto(told, who)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", known.port))
        thread.join(5)
        asked.close()


@contextmanager
def answering(address: str, port: int) -> Iterator[int]:
    """A gateway and a bucket in one, who say where they are."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            body = address.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer((address, port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def test_a_gateway_and_a_bucket_that_have_moved_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "ASKED_AGAIN", "1s")
    with ExitStack() as stack:
        known = stack.enter_context(names("127.0.0.1"))
        port = stack.enter_context(answering("127.0.0.1", 0))
        stack.enter_context(answering("127.0.0.2", port))
        settings = EdgeSettings(
            public_port=nginx.free_port(),
            gateway=f"gateway.example:{port}",
            store=S3Store(f"http://objects.example:{port}", "films"),
            web_dist=nginx.web_app(tmp_path / "web"),
            run_dir=tmp_path / "run",
            cache_dir=tmp_path / "cache",
            grant_secrets=(nginx.SECRET,),
            user=nginx.run_as(),
            resolver=f"127.0.0.1:{known.port}",
        )
        edge = stack.enter_context(nginx.running(settings))
        number = iter(range(10_000))

        def found(address: str) -> bool:
            asked = edge.get("/api/v1/titles"), edge.get(f"/images/titles/{next(number)}.jpg")
            return [(answer.status, answer.body) for answer in asked] == [(200, address.encode())] * 2

        nginx.until(lambda: found("127.0.0.1"))
        known.address = "127.0.0.2"
        nginx.until(lambda: found("127.0.0.2"))


def test_an_address_and_an_edge_without_a_name_server_ask_nobody(tmp_path: Path) -> None:
    settings = EdgeSettings(
        public_port=8080,
        gateway="127.0.0.1:8001",
        store=DirectoryStore(tmp_path),
        web_dist=tmp_path,
        run_dir=tmp_path,
        grant_secrets=(nginx.SECRET,),
    )
    for each in (
        replace(settings, resolver="10.0.0.10"),
        replace(settings, resolver="10.0.0.10", gateway="[::1]:8001"),
        replace(settings, resolver="10.0.0.10", gateway="localhost:8001"),
        replace(settings, gateway="gateway:8001"),
    ):
        text = render.render(each)
        assert f"server {each.gateway} max_fails=0;" in text
        assert "resolve" not in text


def test_a_short_name_is_told_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"gateway.films.svc.cluster.local.", "objects.films.svc.cluster.local."}

    def look(name: str, _port: str) -> list[object]:
        if name not in there:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look)
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("search films.svc.cluster.local svc.cluster.local\nnameserver 10.0.0.10\noptions ndots:5\n")
    found = main.settings(
        {
            "BIJOU_GATEWAY": "http://gateway:8001",
            "BIJOU_GRANT_SECRET": nginx.SECRET,
            "BIJOU_OBJECT_STORE_URL": "s3://bijou?endpoint=https://objects:8333",
        },
        resolv,
    )
    text = render.render(found)
    assert "server gateway.films.svc.cluster.local:8001 resolve max_fails=0;" in text
    assert "server objects.films.svc.cluster.local:8333 resolve max_fails=0;" in text
    # What is signed, and whose certificate is looked at, is who was named.
    assert 'js_var $origin_host "objects:8333";' in text
    assert "proxy_ssl_name objects;" in text
