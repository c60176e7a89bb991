"""What a service does with bytes that have two readings, and with claims that only the gateway may make."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from fastapi import APIRouter, Request, Response

from libs.chassis.http import app, server
from libs.chassis.http.middleware import meters
from libs.chassis.security import auth
from libs.chassis.settings import ServiceSettings
from tests.gateway.servers import eventually, serving

SECRET = "the gateway's and nobody else's"


class Listening:
    """A service that remembers the paths it was asked for and says which headers reached it."""

    def __init__(self, secret: str) -> None:
        self.asked: list[str] = []
        self.received: list[bytes] = []
        router = APIRouter()

        @router.get("/kept", dependencies=[auth.PUBLIC], include_in_schema=False)
        async def kept() -> Response:
            return Response("{}", headers={"Cache-Control": "public, max-age=60"})

        @router.post("/stream", dependencies=[auth.PUBLIC], include_in_schema=False)
        async def stream(request: Request) -> None:
            async for chunk in request.stream():
                self.received.append(chunk)

        @router.api_route("/{path:path}", methods=["GET", "POST"], dependencies=[auth.PUBLIC], include_in_schema=False)
        async def any(request: Request, path: str) -> dict[str, str]:
            self.asked.append(path)
            await request.body()
            return dict(request.headers)

        self.app = app.create("listening", ServiceSettings(gateway_secret=secret), routers=[router])


@asynccontextmanager
async def listening(secret: str = SECRET) -> AsyncIterator[tuple[Listening, str]]:
    service = Listening(secret)
    async with serving(service.app) as url:
        yield service, url


CLAIMS = {"X-Real-IP": "192.0.2.1", "X-Bijou-Service": "billing"}


@pytest.mark.parametrize(
    ("secret", "given", "believed"),
    [
        (SECRET, {"X-Bijou-Gateway": SECRET}, True),
        (SECRET, {"X-Bijou-Gateway": SECRET[:-1]}, False),
        (SECRET, {"X-Bijou-Gateway": ""}, False),
        (SECRET, {}, False),
        ("", {"X-Bijou-Gateway": ""}, False),
        ("", {}, False),
    ],
)
async def test_only_the_gateway_says_who_calls(secret: str, given: dict[str, str], believed: bool) -> None:
    async with listening(secret) as (_, url), httpx.AsyncClient(trust_env=False) as client:
        seen = (await client.get(f"{url}/who", headers={**CLAIMS, **given})).json()

    assert ("x-real-ip" in seen, "x-bijou-service" in seen) == (believed, believed)
    assert "x-bijou-gateway" not in seen


async def test_a_service_in_production_needs_the_gateways_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in ("", "short", "changeme-changeme-changeme"):
        with pytest.raises(ValueError, match="gateway_secret"):
            ServiceSettings(environment="production", gateway_secret=secret)
    assert ServiceSettings(environment="production", gateway_secret=SECRET).gateway_secret.get_secret_value() == SECRET


NEXT = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"POST /first HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: %d\r\n\r\n"
        % len(NEXT),
        b"GET /first HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /first HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        b"POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /first HTTP/1.1\r\nHost: x\r\nContent-Length : 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_after_what_is_no_request_nothing_is_read(head: bytes) -> None:
    async with listening() as (service, url):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(head)
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"\r\n\r\n")
            writer.write(NEXT)  # in a segment of its own, as a body would follow
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readexactly(10_000)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "smuggled" not in service.asked


async def test_a_trailer_is_not_a_header() -> None:
    raw = b"POST /who HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n%b: %b\r\n\r\n"
    async with listening() as (_, url):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(raw % (b"X-Bijou-Gateway", SECRET.encode()) + b"")
        answer = await reader.read()
        writer.close()

    assert b"200 OK" in answer
    assert b"bijou" not in answer


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_body_that_stops_coming_ends_its_request_and_is_nobodys_error(
    leaves: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "STALLED", 600 if leaves else 0.2)
    async with listening() as (service, url):

        async def began() -> bool:
            return bool(service.received)

        async def left() -> bool:
            return bool(meters("POST", "/stream", 499)[0]._value.get() > before)

        before = meters("POST", "/stream", 499)[0]._value.get()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"POST /stream HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfive!")
        await eventually(began)
        if leaves:
            writer.close()
        async with asyncio.timeout(10):
            with suppress(ConnectionError):
                assert await reader.read() == b""
            await eventually(left)
        writer.close()

    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(("path", "said"), [("kept", "public, max-age=60"), ("who", "private, no-store")])
async def test_an_answer_that_says_nothing_is_not_kept(path: str, said: str) -> None:
    async with listening() as (_, url), httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/{path}")
        missing = await client.delete(f"{url}/{path}")

    assert answer.headers.get_list("cache-control") == [said]
    assert (missing.status_code, missing.headers.get_list("cache-control")) == (405, ["private, no-store"])
