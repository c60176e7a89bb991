"""Identity as it is served, on a real database, with a clock that the test moves."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from libs.chassis.clock import FrozenClock
from services.identity import hashing
from services.identity.main import create_app
from services.identity.settings import Settings

PASSWORD = "a lighthouse full of moss"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


@dataclass
class Identity:
    """A running service: `client` calls it, `app` is it, `clock` is its time."""

    app: FastAPI
    client: httpx.AsyncClient
    clock: FrozenClock
    url: str
    emails: int = field(default=0)

    async def register(self, **changes: Any) -> dict[str, Any]:
        """Register somebody new and return the answer's body."""
        self.emails += 1
        body = {"email": f"viewer{self.emails}@example.com", "password": PASSWORD, "name": "Ada", **changes}
        answer = await self.client.post("/api/v1/auth/register", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return {**found, "email": body["email"]}

    async def call(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        """Call a route below /api/v1, signed in with an access token where one is given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database really holds."""
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """The payloads of the outbox, oldest first."""
        import json

        rows = await self.rows("SELECT payload FROM outbox WHERE type LIKE $1 ORDER BY id", f"%{kind}%")
        return [json.loads(row["payload"]) for row in rows]


Start = Callable[..., Awaitable[Identity]]


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its cheapest, where it is not the cost that is tested (`dear_hashes`): every account here pays for it."""
    if "dear_hashes" not in request.fixturenames:
        monkeypatch.setattr(hashing, "_argon2id", hashing._argon2id.using(memory_cost=8, rounds=1))


@pytest.fixture
def dear_hashes() -> None:
    """The cost that accounts really pay."""


@pytest.fixture
async def start(database: Callable[[str], Awaitable[str]], signing_key: str, tmp_path: Path) -> AsyncIterator[Start]:
    """`await start(refresh_grace=5)` → the service with those settings; Kafka and Redis are not there."""
    stack: list[Any] = []

    async def begin(**settings: Any) -> Identity:
        key = tmp_path / "signing.pem"
        key.write_text(signing_key)
        url = await database("services.identity")
        clock = FrozenClock(datetime.now(UTC))
        app = create_app(
            Settings(
                database_url=url,
                signing_key_file=key,
                kafka_bootstrap="127.0.0.1:1",
                redis_url="",
                **{
                    "logins_per_account": 1000,
                    "logins_per_address": 1000,
                    "registrations_per_address": 1000,
                    "secrets_per_sign_in": 1000,
                    **settings,
                },
            ),
            clock=clock,
        )
        lifespan = app.router.lifespan_context(app)
        await lifespan.__aenter__()
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://identity", headers={"User-Agent": CHROME}
        )
        stack.append((lifespan, client))
        return Identity(app, client, clock, url)

    yield begin
    for lifespan, client in stack:
        await client.aclose()
        await lifespan.__aexit__(None, None, None)


@pytest.fixture
async def identity(start: Start) -> Identity:
    return await start()
