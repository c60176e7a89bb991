"""A gateway on a free port in front of recorded neighbours."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.main import create_server
from gateway.prefixes import PREFIXES
from gateway.settings import GatewaySettings
from tests.gateway.servers import Neighbour, free_port, serving

Start = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
async def neighbour() -> AsyncIterator[Neighbour]:
    yield Neighbour()


@pytest.fixture
def start(jwks_cache: str) -> Start:
    """`start(services={...}, **settings)` runs a gateway and gives a client of it."""

    @asynccontextmanager
    async def run(services: dict[str, str] | None = None, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        settings = {"jwks_cache": jwks_cache, "jwks_url": f"http://127.0.0.1:{free_port()}/none", **settings}
        app = create_server(GatewaySettings(services=services or {}, **settings))
        async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client:
            yield client

    return run


@pytest.fixture
async def client(start: Start, neighbour: Neighbour) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway whose services are all the one neighbour."""
    async with serving(neighbour.app) as url, start(dict.fromkeys(PREFIXES.values(), url)) as client:
        yield client
