"""A playback service on its own database, and a world of accounts and titles to play in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from libs.chassis.clock import FrozenClock
from libs.chassis.security.tokens import Verifier
from services.playback.main import create_app
from services.playback.settings import Settings
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.playback.world import START, World

# Registered here because pytest asks for them before it reads the tests. 10,000 steps and more:
# pytest tests/playback/test_model.py --hypothesis-profile=leases-thorough
for name, examples, steps in (("leases", 20, 25), ("leases-thorough", 250, 50)):
    hypothesis.register_profile(
        name,
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
async def url(database: DatabaseFactory) -> str:
    return await database("services.playback")


@pytest.fixture
def settings(url: str) -> Settings:
    # Neither Kafka nor Redis is there: starting a film needs neither.
    return Settings(
        database_url=url, kafka_bootstrap="127.0.0.1:1", grant_secret="a-test-secret", sweep_interval=5, news_patience=0
    )


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(START)


@pytest.fixture
async def service(settings: Settings, verifier: Verifier, clock: FrozenClock) -> AsyncIterator[FastAPI]:
    app = create_app(settings, verifier=verifier, clock=clock)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(service: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service)
    async with httpx.AsyncClient(transport=transport, base_url="http://playback/api/v1") as found:
        yield found


@pytest.fixture
async def world(url: str, auth_headers: AuthHeaders) -> AsyncIterator[World]:
    async with World.on(url, auth_headers) as made:
        yield made
