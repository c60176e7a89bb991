"""What a service does with bytes that have two readings, and with claims that only the gateway may make."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, Request

from libs.chassis import app, auth
from libs.chassis.settings import ServiceSettings
from tests.gateway.servers import serving

SECRET = "the gateway's and nobody else's"


class Listening:
    """A service that remembers the paths it was asked for and says which headers reached it."""

    def __init__(self, secret: str) -> None:
        self.asked: list[str] = []
        router = APIRouter()

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
