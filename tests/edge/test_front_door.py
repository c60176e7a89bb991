"""One port: the API behind the gateway, the web app with its headers, public artwork."""

import json
import re
import socket
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from libs.chassis.http.versions import version_of
from tests.edge import nginx, upstream
from tests.edge.nginx import Edge

ROUTER = Path(__file__).parents[2] / "web" / "src" / "app" / "router.tsx"


def test_the_gateway_learns_who_calls_from_the_edge_alone(edge: Edge, api: upstream.Upstream) -> None:
    api.objects["/api/v1/plans?x=%2F..%2Fy"] = b"{}"
    lies = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Real-IP": "203.0.113.9",
        "X-Request-ID": "chosen-by-the-client",
        "X-Original-URL": "/api/v1/admin",
        "Forwarded": "for=203.0.113.9",
        "True-Client-IP": "203.0.113.9",
        "Authorization": "Bearer token",
    }

    answer = edge.get("/api/v1/plans?x=%2F..%2Fy", lies)

    assert answer.status == 200
    seen = api.seen[-1]
    assert seen.path == "/api/v1/plans?x=%2F..%2Fy"
    assert seen.headers["x-real-ip"] == "127.0.0.1"
    assert seen.headers["authorization"] == "Bearer token"
    assert seen.headers["x-request-id"] != "chosen-by-the-client"
    assert "203.0.113.9" not in str(seen.headers)
    assert "evil.example" not in str(seen.headers)
    assert seen.headers["x-forwarded-proto"] == "http"
    assert "x-original-url" not in seen.headers


def test_a_version_that_was_compressed_on_its_way_can_be_given_back(edge: Edge, api: upstream.Upstream) -> None:
    path = "/api/v1/admin/titles/1"
    api.objects[path], api.tags[path] = json.dumps({"name": "Moss" * 1000}).encode(), '"7"'

    answer = edge.get(path, {"Accept-Encoding": "gzip"})
    tag = answer.headers["etag"]
    with closing(HTTPConnection("127.0.0.1", edge.port, timeout=10)) as connection:
        connection.request("PATCH", path, b"{}", {"If-Match": tag})
        assert connection.getresponse().status == 204

    assert (answer.headers["content-encoding"], tag) == ("gzip", 'W/"7"'), "its bytes are other ones now"
    assert api.seen[-1].headers["if-match"] == tag
    assert version_of(api.seen[-1].headers["if-match"]) == 7


def test_well_known_goes_to_the_gateway(edge: Edge, api: upstream.Upstream) -> None:
    api.objects["/.well-known/jwks.json"] = b'{"keys":[]}'

    assert edge.get("/.well-known/jwks.json").body == b'{"keys":[]}'


def test_events_arrive_as_they_are_sent(edge: Edge, api: upstream.Upstream) -> None:
    api.more.clear()
    with closing(HTTPConnection("127.0.0.1", edge.port, timeout=10)) as connection:
        connection.request("GET", "/api/v1/stream")
        response = connection.getresponse()
        assert response.read1(100) == b"data: first\n\n"
        api.more.set()
        assert response.read() == b"data: second\n\n"


def test_an_upload_reaches_the_gateway_while_it_is_sent(edge: Edge, api: upstream.Upstream) -> None:
    api.received.clear()
    size = 64 * 1024 * 1024
    with closing(socket.create_connection(("127.0.0.1", edge.port), timeout=20)) as connection:
        head = f"PATCH /api/v1/admin/uploads/1 HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
        connection.sendall(head.encode() + bytes(1024 * 1024))
        deadline = time.monotonic() + 10
        while sum(n for _, n in api.received) < 1024 * 1024:
            assert time.monotonic() < deadline, "nothing arrived before the whole body was sent"
            time.sleep(0.01)
        connection.sendall(bytes(size - 1024 * 1024))
        assert connection.recv(100).startswith(b"HTTP/1.1 204")
    assert sum(n for _, n in api.received) == size


def test_an_ordinary_body_has_a_limit_with_a_plain_answer(edge: Edge) -> None:
    with closing(socket.create_connection(("127.0.0.1", edge.port), timeout=20)) as connection:
        connection.sendall(b"POST /api/v1/reviews HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n")
        answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


@pytest.mark.parametrize(
    ("request_head", "status", "code"),
    [
        (f"GET /api/v1/titles?cursor={'x' * 40_000} HTTP/1.1\r\nHost: x\r\n\r\n", 414, "address_too_long"),
        (f"GET /api/v1/titles HTTP/1.1\r\nHost: x\r\nX-Long: {'x' * 40_000}\r\n\r\n", 431, "headers_too_large"),
        ("GET /api/v1/titles/by-slug/%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_request"),
        ("GET /api/v1/titles/by-slug/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad_request"),
    ],
    ids=["address", "headers", "no sign", "no escape"],
)
def test_what_cannot_be_read_is_a_problem_too(edge: Edge, request_head: str, status: int, code: str) -> None:
    with closing(socket.create_connection(("127.0.0.1", edge.port), timeout=20)) as connection:
        connection.sendall(request_head.encode())
        answer = HTTPResponse(connection)
        answer.begin()
        problem = json.loads(answer.read())

    assert answer.status == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["code"] == code
    assert problem["trace_id"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("TRACE", "/api/v1/plans", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ("TRACE", "/home", "GET, HEAD"),
        ("POST", "/home", "GET, HEAD"),
        ("PROPFIND", "/index.html", "GET, HEAD"),
    ],
)
def test_a_method_nobody_takes_is_a_problem_that_names_the_others(
    edge: Edge, method: str, path: str, allowed: str
) -> None:
    answer = edge.get(path, method=method)

    assert answer.status == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["allow"] == allowed
    problem = json.loads(answer.body)
    assert problem["code"] == "method_not_allowed"
    assert problem["trace_id"]


def test_a_film_names_the_methods_it_takes(edge: Edge, store: nginx.Store) -> None:
    path = edge.media(f"{nginx.ASSET}/{store.run}/master.m3u8")

    assert edge.get(path, method="POST", body=b"").headers["allow"] == "GET, HEAD, OPTIONS"
    assert "allow" not in edge.get(path).headers


def test_ten_thousand_ranges_are_not_ten_thousand_parts(edge: Edge, store: nginx.Store) -> None:
    many = "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 1000, 2))
    path = edge.media(f"{nginx.ASSET}/{store.run}/v1080/00001.m4s")

    answer = edge.get(path, {"Range": many})
    assert (answer.status, len(answer.body)) == (200, 512000)
    assert edge.get(path, {"Range": "bytes=" + ",".join(["0-0"] * 10000)}).status == 431


def test_a_gateway_that_is_down_is_a_problem_in_plain_english(lonely: Edge) -> None:
    answer = lonely.get("/api/v1/plans")

    assert answer.status == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    problem = json.loads(answer.body)
    assert problem["code"] == "gateway_unreachable"
    assert problem["retryable"] is True
    assert problem["trace_id"]
    assert lonely.get("/").status == 200


def test_an_upload_waits_for_a_gateway_that_is_down(lonely: Edge) -> None:
    assert lonely.get("/api/v1/admin/uploads/1", method="HEAD").status == 423
    for said, told in (("HEAD", 423), ("head", 423), ("PATCH", 502), ("HEADS", 502)):
        override = {"X-HTTP-Method-Override": said}
        assert lonely.get("/api/v1/admin/uploads/1", method="POST", headers=override).status == told, said
    sent = lonely.get("/api/v1/admin/uploads/1", method="PATCH", body=b"a")
    assert (sent.status, json.loads(sent.body)["code"]) == (502, "gateway_unreachable")


def test_an_upload_waits_for_a_gateway_that_is_out_of_reach(edge: Edge, tmp_path: Path) -> None:
    with ExitStack() as stack:
        # A queue that is full: the kernel answers no further connection, as a machine that is gone answers none.
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listening.getsockname()
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        settings = replace(
            edge.settings,
            public_port=nginx.free_port(),
            gateway=f"127.0.0.1:{address[1]}",
            run_dir=tmp_path / "run",
            log_dir=None,
        )
        server = stack.enter_context(nginx.running(settings))
        assert server.get("/api/v1/plans").status == 504
        assert server.get("/api/v1/admin/uploads/1", method="HEAD").status == 423


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_the_reference_is_a_page_of_its_own_under_the_same_policy(edge: Edge, path: str) -> None:
    answer = edge.get(path)

    assert (answer.status, answer.body) == (200, b"<!doctype html><title>Bijou API</title>")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"] == edge.get("/").headers["content-security-policy"]
    assert "script-src 'self';" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/title/gone/deeper", 404), ("/browse/", 200), ("/assets", 404)]
)
def test_every_page_is_the_app_with_its_policy(edge: Edge, path: str, status: int) -> None:
    answer = edge.get(path)

    assert answer.status == status
    assert b"<title>Bijou</title>" in answer.body
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "media-src 'self' blob:" in policy
    assert "worker-src 'self' blob:" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_hashed_files_are_immutable_and_the_worker_is_not(edge: Edge) -> None:
    assert "immutable" in edge.get("/assets/app-4f3a.js").headers["cache-control"]
    assert edge.get("/sw.js").headers["cache-control"] == "no-cache"
    assert edge.get("/sw.js").headers["content-type"].startswith("text/javascript")
    assert edge.get("/sw.js").headers["content-security-policy"].startswith("default-src 'none'")
    manifest = edge.get("/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")
    assert manifest.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", sorted(re.findall(r'path: "([^"]+)"', ROUTER.read_text())))
def test_every_page_of_the_app_has_an_address(edge: Edge, path: str) -> None:
    asked = re.sub(r"\$\w+", "00000000-0000-0000-0000-000000000000", path)
    answer = edge.get(asked)
    # Of titles and the like the gateway knows which there are; here is none.
    assert answer.status == (404 if re.match("/(title|person|genre|collection)/", path) else 200)
    assert b"<title>Bijou</title>" in answer.body


@pytest.mark.parametrize(
    "path", ["/nope", "/watch/nope", "/title/no%20pe", "/person/nope", "/collection/nope", "/staff/nope", "/home/nope"]
)
def test_every_other_address_is_the_app_and_404(edge: Edge, path: str) -> None:
    answer = edge.get(path)
    assert answer.status == 404
    assert b"<title>Bijou</title>" in answer.body
    assert answer.headers["cache-control"] == "no-cache"
    assert "script-src 'self';" in answer.headers["content-security-policy"]


def test_an_address_that_cannot_be_read_has_a_page_too(edge: Edge) -> None:
    answer = edge.get("/title/%00")
    assert (answer.status, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert b'href="/"' in answer.body
    assert b"nginx" not in answer.body


@pytest.mark.parametrize("path", ["/assets/gone.js", "/gone.png", "/assets/../../secret.txt", "/assets/"])
def test_a_missing_file_is_not_the_app(edge: Edge, path: str) -> None:
    answer = edge.get(path)

    assert answer.status in (400, 403, 404)
    assert b"<title>Bijou</title>" not in answer.body


def test_artwork_is_public_for_a_while_and_inert(edge: Edge) -> None:
    poster = edge.get("/images/titles/poster.jpg")
    assert (poster.status, poster.body) == (200, b"\xff\xd8poster")
    assert poster.headers["cache-control"] == "public, max-age=3600, s-maxage=300, stale-while-revalidate=60"
    logo = edge.get("/images/titles/logo.svg")
    assert logo.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in logo.headers["content-security-policy"]
    missing = edge.get("/images/titles/none.jpg")
    assert (missing.status, missing.body, missing.headers["cache-control"]) == (404, b"", "no-store")


def test_a_playlist_is_compressed_and_still_opens(edge: Edge, store: nginx.Store) -> None:
    answer = edge.get(edge.media(f"{nginx.ASSET}/{store.run}/master.m3u8"), {"Accept-Encoding": "gzip"})

    assert answer.headers["content-encoding"] == "gzip"


def test_logs_hold_no_grant_and_no_query(edge: Edge, store: nginx.Store) -> None:
    grant = nginx.sign()
    edge.get(f"/media/{grant}/{nginx.ASSET}/{store.run}/master.m3u8?token=secret-in-query")
    assert edge.settings.log_dir
    log = edge.settings.log_dir / "edge.access.log"
    deadline = time.monotonic() + 10
    while f"/media/-/{nginx.ASSET}" not in (text := log.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert grant not in text
    assert "secret-in-query" not in text
    assert all(json.loads(line)["service"] == "edge" for line in text.splitlines())


def test_it_says_that_it_lives(edge: Edge) -> None:
    assert edge.get("/livez").body == b"ok\n"
