"""A film and the people who talk about it, in one service that the tests of reviews share: each has a film of its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from libs.chassis.ids import new_id
from tests.catalog.conftest import Catalog, served
from tests.conftest import AuthHeaders, Databases

Headers = dict[str, str]


class Room:
    """A film and the people who talk about it."""

    def __init__(self, catalog: Catalog, film: str) -> None:
        self.catalog = catalog
        self.film = film

    def somebody(self, **claims: Any) -> Headers:
        return self.catalog.auth_headers(**{"profile_id": new_id(), "account_id": new_id(), **claims})

    async def write(self, who: Headers, text: str = "Dark.", stars: int = 4, **more: Any) -> httpx.Response:
        body = {"text": text, "stars": stars, **more}
        return await self.catalog.client.post(f"/api/v1/titles/{self.film}/reviews", json=body, headers=who)

    async def written(self, text: str = "Dark.", stars: int = 4) -> str:
        answer = await self.write(self.somebody(), text, stars)
        assert answer.status_code == 201, answer.text
        self.catalog.clock.advance(1)
        review: str = answer.json()["review"]["id"]
        return review

    async def vote(self, who: Headers, review: str, helpful: bool | None) -> httpx.Response:
        return await self.catalog.client.put(f"/api/v1/reviews/{review}/vote", json={"helpful": helpful}, headers=who)

    async def report(self, who: Headers, review: str, reason: str = "abuse") -> httpx.Response:
        return await self.catalog.client.post(f"/api/v1/reviews/{review}/report", json={"reason": reason}, headers=who)

    async def change(self, who: Headers, review: str, text: str, stars: int = 4) -> httpx.Response:
        body = {"text": text, "stars": stars}
        return await self.catalog.client.put(f"/api/v1/reviews/{review}", json=body, headers=who)

    async def read(self, who: Headers | None = None, query: str = "") -> dict[str, Any]:
        answer = await self.catalog.get(f"/titles/{self.film}/reviews{query}", who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def rating(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.catalog.get(f"/titles/{self.film}")).json()["rating"]
        return found


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def talking(
    databases: Databases, jwks_cache: str, auth_headers: AuthHeaders, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Catalog]:
    name = await asyncio.to_thread(databases.migrated, "services.catalog")
    store = f"file://{tmp_path_factory.mktemp('store')}"
    async with served(databases.url(name), store, jwks_cache, auth_headers) as catalog:
        yield catalog
    await asyncio.to_thread(databases.drop, name)


@pytest_asyncio.fixture(loop_scope="session")
async def room(talking: Catalog) -> Room:
    return Room(talking, (await talking.film(maturity=12))["id"])
