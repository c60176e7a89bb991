"""Events as it is served, on a real database, with the suite's broker and Redis, a clock of its own, and what it published."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from libs.chassis.clock import FrozenClock
from libs.chassis.ids import new_id
from libs.chassis.messaging.received import Received, parse
from libs.contracts.client import CLIENT
from libs.contracts.registry import EVENTS
from services.events.main import create_app
from services.events.settings import Settings
from tests.conftest import AuthHeaders, Databases

PATH = "/api/v1/events"
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def card(**fields: Any) -> dict[str, Any]:
    """An impression as an app tells it."""
    told = {
        "id": str(new_id()), "type": "impression", "at": (NOON - timedelta(seconds=30)).isoformat(),
        "impression_id": str(new_id()), "title_id": str(new_id()), "row": "top-rated", "row_position": 1, "position": 3,
    }  # fmt: skip
    return told | fields


def failure(**fields: Any) -> dict[str, Any]:
    """An error as an app tells it: it needs nobody's consent."""
    return {"id": str(new_id()), "type": "error", "at": NOON.isoformat(), "code": "chunk_missing"} | fields


def a_batch(*events: Any, **fields: Any) -> dict[str, Any]:
    agreed = ["analytics", "personalisation"]
    return {"app": "web", "app_version": "1.4.0", "consents": agreed, "events": list(events), **fields}


@dataclass
class Running:
    """`client` calls the service as `who`, a profile of this test's own."""

    client: httpx.AsyncClient
    clock: FrozenClock
    auth_headers: AuthHeaders
    bootstrap: str
    profile: UUID = field(default_factory=new_id)
    account: UUID = field(default_factory=new_id)

    async def post(self, body: Any, headers: dict[str, str] | None = None, **claims: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        who = self.auth_headers(**{"account_id": self.account, "profile_id": self.profile, **claims})
        return await self.client.post(
            PATH, content=content, headers={"Content-Type": "application/json", **who, **(headers or {})}
        )

    async def tell(self, *events: Any, **fields: Any) -> list[dict[str, Any]]:
        """The verdicts of a batch that was taken."""
        answer = await self.post(a_batch(*events, **fields))
        assert answer.status_code == 202, answer.text
        return answer.json()["verdicts"]  # type: ignore[no-any-return]

    async def kept(self) -> list[Received[Any]]:
        """What the topic holds of this profile, in its order."""
        consumer = AIOKafkaConsumer(CLIENT.name, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            found: list[Received[Any]] = []
            ends = await consumer.end_offsets(list(consumer.assignment()))
            while any([await consumer.position(p) < max(end, consumer.highwater(p) or 0) for p, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    read = [parse(record, EVENTS) for record in records if record.key == str(self.profile).encode()]
                    found += [event for event in read if event is not None]
            return found
        finally:
            await consumer.stop()


Start = Callable[..., Any]


@pytest.fixture(scope="session")
def shared_database(databases: Databases) -> Iterator[str]:
    """One for all tests of what keeps nothing in it."""
    name = databases.migrated("services.events")
    yield databases.url(name)
    databases.drop(name)


@pytest.fixture
def start(shared_database: str, jwks_cache: str, auth_headers: AuthHeaders, kafka_bootstrap: str) -> Start:
    """`async with start(**settings) as running`: the service, with the suite's broker."""

    @asynccontextmanager
    async def run(**settings: Any) -> AsyncIterator[Running]:
        told = {"kafka_bootstrap": kafka_bootstrap, "jwks_cache": jwks_cache, **settings}
        clock = FrozenClock(NOON)
        app = create_app(Settings(database_url=shared_database, **told), clock=clock)
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://e") as client,
        ):
            async with asyncio.timeout(20):
                while told["kafka_bootstrap"] == kafka_bootstrap:
                    if (await client.get("/readyz")).json()["components"]["kafka"] == "ok":
                        break
                    await asyncio.sleep(0.02)
            yield Running(client, clock, auth_headers, told["kafka_bootstrap"])

    return run


@pytest.fixture
async def running(start: Start, valkey_url: str) -> AsyncIterator[Running]:
    async with start(redis_url=valkey_url) as found:
        yield found
