"""Billing as it is served, on a real database, with a clock that the test moves."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from libs.chassis import ids
from libs.chassis.clock import FrozenClock
from libs.contracts.billing import ENTITLEMENTS, EntitlementChanged
from services.billing.main import create_app
from services.billing.service.renewals import Renewals
from services.billing.settings import Settings
from tests.conftest import AuthHeaders, DatabaseFactory

GOOD, DECLINED, NO_FUNDS, FAILS_LATER = "4242424242424242", "4000000000000002", "4000000000009995", "4000000000000341"
DAY = 24 * 3600


@dataclass
class Viewer:
    """Somebody signed in."""

    billing: "Billing"
    id: UUID
    headers: dict[str, str]

    async def call(self, method: str, path: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        headers = {**self.headers, "Idempotency-Key": key} if key else self.headers
        return await self.billing.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def card(self, number: str = GOOD, **more: Any) -> str:
        """Put a card on file and return its id."""
        token = await self.billing.token(number)
        answer = await self.call("POST", "/me/payment-methods", json={"provider": "sandbox", "token": token, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def subscribe(self, plan: str, card: str, key: str = "key-00000001") -> httpx.Response:
        body = {"plan_id": plan, "payment_method_id": card}
        return await self.call("POST", "/me/subscription", key=key, json=body)

    def at(self, billing: "Billing") -> "Viewer":
        """The same person, whose requests reach another replica."""
        return Viewer(billing, self.id, self.headers)

    async def entitlements(self) -> list[EntitlementChanged]:
        """What others were told that this account's plan allows, oldest first."""
        query = "SELECT payload FROM outbox WHERE key = $1 AND topic = $2 ORDER BY id"
        rows = await self.billing.rows(query, str(self.id), ENTITLEMENTS.name)
        return [EntitlementChanged.model_validate(json.loads(row["payload"])) for row in rows]


@dataclass
class Billing:
    """A running service: `client` calls it, `app` is it, `clock` is its time."""

    app: FastAPI
    client: httpx.AsyncClient
    clock: FrozenClock
    url: str
    headers: AuthHeaders

    def viewer(self, **claims: Any) -> Viewer:
        account = ids.new_id()
        return Viewer(self, account, self.headers(account_id=account, **claims))

    async def token(self, number: str = GOOD, **more: Any) -> str:
        body = {"number": number, "exp_month": 12, "exp_year": 2099, "cvc": "123", **more}
        answer = await self.client.post("/api/v1/billing/sandbox/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def later(self, days: float) -> None:
        """Let time pass."""
        self.clock.advance(days * DAY)

    @property
    def renewals(self) -> Renewals:
        found: Renewals = self.app.state.renewals
        return found

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What the database really holds."""
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def charged(self) -> list[int]:
        """Amounts the provider took and did not give back."""
        rows = await self.rows("SELECT amount FROM sandbox_charges WHERE status = 'paid' AND refunded_at IS NULL")
        return [row["amount"] for row in rows]

    async def check_books(self) -> None:
        """Everything taken is invoiced and booked, and the ledger sums to zero."""
        [total] = await self.rows("SELECT coalesce(sum(amount), 0)::bigint AS sum FROM ledger_entries")
        assert total["sum"] == 0
        invoiced = sorted(row["amount"] for row in await self.rows("SELECT amount FROM invoices WHERE amount > 0"))
        cash = sorted(row["amount"] for row in await self.rows("SELECT amount FROM ledger_entries WHERE amount > 0"))
        assert invoiced == cash == sorted(await self.charged())


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """Settings that a test has of its own."""
    return {}


@asynccontextmanager
async def served(
    url: str, jwks_cache: str, clock: FrozenClock, headers: AuthHeaders, **more: Any
) -> AsyncIterator[Billing]:
    """The service on the database at `url`; Kafka and Redis are not there, and renewals run only when the test says so."""
    settings = Settings.model_validate(
        {
            "database_url": url,
            "jwks_cache": jwks_cache,
            "kafka_bootstrap": "127.0.0.1:1",
            "redis_url": "",
            "renewal_interval": 100_000,
            "sandbox_tokens_per_address": 1000,
            **more,
        }
    )
    app = create_app(settings, clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://billing") as client,
    ):
        await app.state.renewals.stop()
        yield Billing(app, client, clock, url, headers)


@pytest.fixture
async def billing(
    database: DatabaseFactory, jwks_cache: str, auth_headers: AuthHeaders, more_settings: dict[str, Any]
) -> AsyncIterator[Billing]:
    clock = FrozenClock(datetime(2027, 1, 31, 12, tzinfo=UTC))
    async with served(await database("services.billing"), jwks_cache, clock, auth_headers, **more_settings) as billing:
        yield billing


@pytest.fixture
async def replica(billing: Billing, jwks_cache: str, auth_headers: AuthHeaders) -> AsyncIterator[Billing]:
    """A second process on the same database."""
    async with served(billing.url, jwks_cache, billing.clock, auth_headers) as replica:
        yield replica
