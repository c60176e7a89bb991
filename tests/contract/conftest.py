"""Every service as it is served, each on a database of its own, and what their OpenAPI documents say can be asked."""

import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from fastapi import FastAPI

from deploy.local import generate
from libs.chassis.ids import new_id
from pipelines.transcode import main as transcode
from pipelines.transcode import settings as transcode_settings
from services.billing import main as billing
from services.billing import settings as billing_settings
from services.catalog import main as catalog
from services.catalog import settings as catalog_settings
from services.identity import main as identity
from services.identity import settings as identity_settings
from services.playback import main as playback
from services.playback import settings as playback_settings
from services.watchstate import main as watchstate
from services.watchstate import settings as watchstate_settings
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

    async def common(package: str) -> dict[str, Any]:
        return {
            "database_url": await database(package),
            "jwks_cache": jwks_cache,
            "kafka_bootstrap": "127.0.0.1:1",
            "redis_url": "",
        }

    return {
        "identity": identity.create_app(
            identity_settings.Settings(
                **await common("services.identity"), signing_key_file=key, logins_per_account=WIDE,
                logins_per_address=WIDE, registrations_per_address=WIDE,
            )
        ),
        "billing": billing.create_app(
            billing_settings.Settings(**await common("services.billing"), sandbox_tokens_per_address=WIDE)
        ),
        "catalog": catalog.create_app(
            catalog_settings.Settings(**await common("services.catalog"), object_store_url=object_store)
        ),
        "playback": playback.create_app(
            playback_settings.Settings(**await common("services.playback"), grant_secret="a-test-secret", news_patience=0)
        ),
        "watchstate": watchstate.create_app(watchstate_settings.Settings(**await common("services.watchstate"))),
        "transcode": transcode.create_app(
            transcode_settings.Settings(
                **await common("pipelines.transcode"), object_store_url=object_store, work_dir=tmp_path / "work"
            )
        ),
    }  # fmt: skip


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
