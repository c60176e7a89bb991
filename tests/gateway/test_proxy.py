"""Requests and answers pass unchanged and unheld; what must not pass does not."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import Response

from libs.chassis.security.shares import share_of
from tests.conftest import AuthHeaders
from tests.gateway.conftest import Start
from tests.gateway.servers import Neighbour, eventually, free_port, serving


async def test_a_request_and_its_answer_pass_as_they_are(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    headers = auth_headers()
    answer = await client.put("/api/v1/me/list/order?a=%2Fb&c=%C3%A9&a=2", content=b"\x00body", headers=headers)

    assert (answer.status_code, answer.content) == (200, b"\x00body")
    assert answer.headers["x-neighbour"] == "yes"
    assert answer.headers["etag"] == '"v1"'
    assert "secret" not in answer.headers.get("server", "")
    seen = neighbour.seen[-1]
    assert seen.method == "PUT"
    assert seen.scope["raw_path"] == b"/api/v1/me/list/order"
    assert seen.scope["query_string"] == b"a=%2Fb&c=%C3%A9&a=2"
    assert seen.headers["authorization"] == headers["Authorization"]
    assert answer.headers["x-request-id"] == seen.headers["x-request-id"]


async def test_what_a_client_claims_about_itself_is_dropped(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    claims = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=203.0.113.9",
        "X-Original-URL": "/api/v1/admin",
        "X-HTTP-Method-Override": "DELETE",
        "X-Bijou-Service": "billing",
        "Connection": "keep-alive, X-Secret",
        "X-Secret": "1",
        "TE": "trailers",
        "Host": "evil.example",
    }
    await client.get("/api/v1/me", headers={**auth_headers(), **claims, "X-Real-IP": "198.51.100.7"})

    seen = neighbour.seen[-1].headers
    assert not [v for v in seen.values() if "203.0.113.9" in v or "evil" in v]
    for name in ("x-original-url", "x-http-method-override", "x-bijou-service", "x-secret", "te"):
        assert name not in seen
    assert seen["x-real-ip"] == "198.51.100.7"


async def test_each_service_is_shown_its_own_share_of_the_secret(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    secret = "known to the gateway alone"
    async with (
        serving(neighbour.app) as url,
        start({"identity": url, "billing": url}, gateway_secret=secret) as client,
    ):
        for path in ("/api/v1/me", "/api/v1/me/invoices"):
            await client.get(path, headers=auth_headers())

    shown = [request.headers["x-bijou-gateway"] for request in neighbour.seen]
    assert shown == [share_of(secret, "identity"), share_of(secret, "billing")]
    assert len({secret, *shown}) == 3


async def test_only_the_edge_may_name_the_caller(start: Start, neighbour: Neighbour, auth_headers: AuthHeaders) -> None:
    async with serving(neighbour.app) as url, start({"identity": url}, edge_networks=("10.9.0.0/16",)) as client:
        await client.get("/api/v1/me", headers={**auth_headers(), "X-Real-IP": "198.51.100.7"})

    assert neighbour.seen[-1].headers["x-real-ip"] == "127.0.0.1"


async def test_head_and_no_content(client: httpx.AsyncClient, auth_headers: AuthHeaders) -> None:
    answer = await client.head("/api/v1/me", headers=auth_headers())

    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_tag_weakened_by_compression_is_restored(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    await client.get("/api/v1/genres", headers={**auth_headers(), "If-None-Match": 'W/"v1", "v2"'})

    assert neighbour.seen[-1].headers["if-none-match"] == '"v1", "v2"'


async def test_redirects_do_not_name_the_service(client: httpx.AsyncClient, auth_headers: AuthHeaders) -> None:
    answer = await client.get("/api/v1/titles/moved", headers=auth_headers())

    assert answer.status_code == 307
    assert answer.headers["location"] == "/api/v1/titles/new"


async def test_events_pass_as_they_happen_and_leaving_ends_them(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    headers = {**auth_headers(), "Accept": "text/event-stream"}
    async with client.stream("GET", "/api/v1/me/sync", headers=headers) as stream:
        assert stream.headers["x-accel-buffering"] == "no"
        parts = stream.aiter_bytes()
        assert await anext(parts) == b"event: progress\ndata: 1\n\n"
        assert not neighbour.left.is_set()
    async with asyncio.timeout(10):
        await neighbour.left.wait()


async def test_an_upload_is_not_held(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    size, piece = 48, 1024 * 1024

    async def body() -> AsyncIterator[bytes]:
        yield bytes(piece)
        async with asyncio.timeout(10):
            await neighbour.chunk.wait()  # it arrived there before the rest was sent
        for _ in range(size - 1):
            yield bytes(piece)

    answer = await client.patch(
        "/api/v1/admin/uploads/1",
        content=body(),
        headers={**auth_headers(roles=["content_manager"]), "Content-Length": str(size * piece)},
    )

    assert answer.status_code == 204
    assert answer.headers["upload-offset"] == str(size * piece)
    assert neighbour.seen[-1].headers["content-length"] == str(size * piece)


async def test_an_upload_whose_sender_leaves_ends_at_the_service(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield bytes(1000)
        await neighbour.chunk.wait()
        raise ConnectionError("the sender leaves")

    with pytest.raises(ConnectionError):
        await client.patch(
            "/api/v1/admin/uploads/1",
            content=body(),
            headers={**auth_headers(roles=["content_manager"]), "Content-Length": "100000"},
        )
    async with asyncio.timeout(10):
        await neighbour.left.wait()
    assert neighbour.received == 1000


async def test_uploads_may_be_sent_by_clients_that_only_post(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    headers = {**auth_headers(roles=["content_manager"]), "X-HTTP-Method-Override": "PATCH"}
    await client.post("/api/v1/admin/uploads/1/2", content=b"a", headers=headers)
    await client.post("/api/v1/admin/titles", content=b"a", headers=headers)

    assert [request.headers.get("x-http-method-override") for request in neighbour.seen] == ["PATCH", None]


async def test_an_upload_outlives_the_restart_of_what_receives_it(start: Start, auth_headers: AuthHeaders) -> None:
    headers = auth_headers(roles=["content_manager"])
    async with start({"transcode": f"http://127.0.0.1:{free_port()}"}) as client:
        asked = [await client.head("/api/v1/admin/uploads/1", headers=headers) for _ in range(8)]
        sent = await client.patch("/api/v1/admin/uploads/1", content=b"a", headers=headers)

    assert {answer.status_code for answer in asked} == {
        423
    }  # 4xx and 5xx of any other kind make tus clients begin again
    assert int(asked[0].headers["retry-after"]) >= 1
    assert sent.status_code == 503


@pytest.mark.parametrize(("said", "told"), [(503, 423), (500, 423), (429, 423), (404, 404), (410, 410), (403, 403)])
async def test_an_upload_outlives_what_its_service_cannot_say_now(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders, said: int, told: int
) -> None:
    neighbour.answers["/api/v1/admin/uploads"] = Response(status_code=said)
    headers = auth_headers(roles=["content_manager"])

    asked = await client.head("/api/v1/admin/uploads", headers=headers)
    posted = [
        await client.post("/api/v1/admin/uploads", headers={**headers, "X-HTTP-Method-Override": word})
        for word in ("HEAD", "head", "PATCH")
    ]
    read = await client.get("/api/v1/admin/uploads", headers=headers)

    assert (asked.status_code, read.status_code) == (told, said)
    assert [answer.status_code for answer in posted] == [told, told, said]
    assert ("retry-after" in asked.headers) == (told == 423)


async def test_an_upload_outlives_the_limits(start: Start, neighbour: Neighbour, auth_headers: AuthHeaders) -> None:
    headers = auth_headers(roles=["content_manager"])
    async with serving(neighbour.app) as url, start({"transcode": url}, limit_account=2) as client:
        asked = [await client.head("/api/v1/admin/uploads", headers=headers) for _ in range(4)]
        read = await client.get("/api/v1/admin/uploads", headers=headers)

    assert [answer.status_code for answer in asked] == [200, 200, 423, 423]
    assert int(asked[-1].headers["retry-after"]) >= 1
    assert read.status_code == 429


async def test_a_service_that_is_down_is_503_with_a_way_out(start: Start, auth_headers: AuthHeaders) -> None:
    async with start({"identity": f"http://127.0.0.1:{free_port()}"}) as client:
        answers = [await client.get("/api/v1/me", headers=auth_headers()) for _ in range(8)]
        missing = await client.get("/api/v1/plans")

    for answer in [*answers, missing]:
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        problem = answer.json()
        assert problem["code"] == "service_unavailable"
        assert problem["retryable"] is True
        assert problem["trace_id"] == answer.headers["x-request-id"]
    assert missing.json()["service"] == "billing"


async def test_a_service_that_comes_back_is_asked_again(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    port = free_port()
    async with start({"identity": f"http://127.0.0.1:{port}"}) as client:
        for _ in range(6):
            assert (await client.get("/api/v1/me", headers=auth_headers())).status_code in (503, 504)

        async def answers() -> bool:
            return (await client.get("/api/v1/me", headers=auth_headers())).status_code == 200

        async with serving(neighbour.app, port):
            await eventually(answers)


async def test_a_service_that_never_answers_is_504(
    start: Start, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    neighbour.held.add("/api/v1/me")
    async with serving(neighbour.app) as url, start({"identity": url}, read_timeout=0.3) as client:
        answer = await client.get("/api/v1/me", headers=auth_headers())
        neighbour.release.set()

    assert answer.status_code == 504
    assert answer.json()["code"] == "service_slow"


async def test_a_caller_who_leaves_while_waiting_frees_the_service(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders
) -> None:
    neighbour.held.add("/api/v1/me")
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/api/v1/me", headers=auth_headers(), timeout=0.5)

    await eventually(neighbour.seen[-1].is_disconnected)
    neighbour.release.set()


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/me", "/api/v1/me/../admin/titles", "/api/v1//me", "/api/v1/./me", "/api/"]
)
async def test_what_belongs_to_nobody_is_404(
    client: httpx.AsyncClient, neighbour: Neighbour, auth_headers: AuthHeaders, path: str
) -> None:
    answer = await client.get("/", headers=auth_headers(), extensions={"target": path.encode()})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert neighbour.seen == []


async def test_probes_are_the_gateways_own(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "alive"}
    assert (await client.get("/readyz")).status_code == 200
    assert "bijou_http_requests_total" in (await client.get("/metrics")).text
