"""Every service as it is served, each on a database of its own, and what their OpenAPI documents say can be asked."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from fastapi import FastAPI

from deploy.local import generate
from deploy.local.settings_classes import settings_class
from deploy.topology import SERVICES, owns_database
from libs.chassis.ids import new_id
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.gateway.conftest import Start, start
from tests.gateway.servers import serving

__all__ = ["start"]  # the gateway's fixture, for the front door here

Services = dict[str, httpx.AsyncClient]
WIDE = 1_000_000  # for limits that are about something else


@pytest.fixture(scope="module")
def applications() -> Iterator[dict[str, FastAPI]]:
    """Every application by its service's name, none of them started."""
    with patch.dict(os.environ):  # building them writes settings into the environment
        yield generate.apps()


@pytest.fixture
async def built(
    database: DatabaseFactory, jwks_cache: str, signing_key: str, object_store: str, tmp_path: Path
) -> dict[str, FastAPI]:
    """Each service but the gateway, on a database of its own; neither Kafka nor Redis is there."""
    key = tmp_path / "signing.pem"
    key.write_text(signing_key)

    own: dict[str, dict[str, Any]] = {
        "identity": {
            "signing_key_file": key, "logins_per_account": WIDE, "logins_per_address": WIDE,
            "registrations_per_address": WIDE, "mails_per_address": WIDE,
        },
        "billing": {"sandbox_tokens_per_address": WIDE},
        "playback": {"grant_secret": "a-test-secret", "news_patience": 0},
        "search": {"index_dir": tmp_path / "index"},
        "transcode": {"work_dir": tmp_path / "work"},
    }  # fmt: skip
    made = {}
    for service in (each for each in SERVICES if owns_database(each)):
        settings = settings_class(service.package)(
            database_url=await database(service.package), jwks_cache=jwks_cache, kafka_bootstrap="127.0.0.1:1", redis_url="",
            object_store_url=object_store, **own.get(service.name, {}),
        )  # fmt: skip
        made[service.name] = import_module(service.entry).create_app(settings)
    return made


@pytest.fixture
async def services(built: dict[str, FastAPI]) -> AsyncIterator[Services]:
    """A client of each service."""
    async with AsyncExitStack() as stack:
        clients = {}
        for name, app in built.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")
            clients[name] = await stack.enter_async_context(client)
        yield clients


@pytest.fixture
async def front_door(built: dict[str, FastAPI], start: Start) -> AsyncIterator[str]:
    """The URL of a gateway with every service behind it."""
    async with AsyncExitStack() as stack:
        urls = {name: await stack.enter_async_context(serving(app)) for name, app in built.items()}
        client = await stack.enter_async_context(start(urls, row_deadline=20))
        yield str(client.base_url).rstrip("/")


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The whole API as it is published."""
    return json.loads((generate.ROOT / "web" / "openapi.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture
def everyone(auth_headers: AuthHeaders) -> dict[str, str]:
    """Headers of somebody who may call anything: an editor with a profile."""
    return auth_headers(profile_id=new_id(), roles=["super_admin"])
