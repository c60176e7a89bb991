"""What all services put aside as one list: real services' routes on real databases behind a gateway."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.dead_letters import OWNERS
from libs.chassis.data.database import Database
from libs.chassis.http import app, dead_letters
from libs.chassis.http.pagination import encode_cursor
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings
from tests.conftest import AuthHeaders, DatabaseFactory
from tests.gateway.conftest import Start
from tests.gateway.servers import serving

ALL = "/api/v1/admin/dead-letters"
BEGAN = datetime(2026, 11, 26, 12, tzinfo=UTC)


async def _nothing(_: Request) -> Response:
    return JSONResponse({"items": [], "next_cursor": None})


@dataclass
class Platform:
    """A gateway; catalog and playback behind it have letters, and the others none."""

    client: httpx.AsyncClient
    databases: dict[str, Database]

    async def put_aside(self, service: str, *minutes: int) -> None:
        await self.databases[service].pool.executemany(
            "INSERT INTO dead_letters (consumer, topic, partition, position, reason, created_at)"
            " VALUES ($1, 'catalog.titles', 0, $2, 'broken', $3)",
            [(service, minute, BEGAN + timedelta(minutes=minute)) for minute in minutes],
        )

    async def get(self, path: str = "", **query: Any) -> Any:
        answer = await self.client.get(ALL + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def others() -> AsyncIterator[str]:
    async with serving(Starlette(routes=[Route("/{path:path}", _nothing)])) as url:
        yield url


@pytest.fixture
async def platform(
    start: Start, database: DatabaseFactory, verifier: Verifier, auth_headers: AuthHeaders, others: str
) -> AsyncIterator[Platform]:
    services, databases = dict.fromkeys(OWNERS, others), {}
    async with AsyncExitStack() as stack:
        for name in ("catalog", "playback"):
            db = databases[name] = Database(await database("tests.chassis.sample"))
            routers = [dead_letters.router(name, db, [])]
            made = app.create(name, ServiceSettings(), routers=routers, components=[db], verifier=verifier)
            services[name] = await stack.enter_async_context(serving(made))
        del services["search"]  # this one is not there
        client = await stack.enter_async_context(start(services))
        client.headers.update(auth_headers(profile_id=None, roles=["super_admin"]))
        yield Platform(client, databases)


async def test_letters_of_all_services_are_one_list_and_each_is_on_one_page(platform: Platform) -> None:
    await platform.put_aside("catalog", 1, 2, 3, 7, 9)
    await platform.put_aside("playback", 4, 5, 6, 8)
    pages = [await platform.get(limit=4)]
    # What is put aside while somebody reads comes before all this, and shifts nothing.
    await platform.put_aside("catalog", 10)
    while cursor := pages[-1]["next_cursor"]:
        pages.append(await platform.get(limit=4, cursor=cursor))
    read = [[(item["service"], item["position"]) for item in page["items"]] for page in pages]
    assert read == [
        [("catalog", 9), ("playback", 8), ("catalog", 7), ("playback", 6)],
        [("playback", 5), ("playback", 4), ("catalog", 3), ("catalog", 2)],
        [("catalog", 1)],
    ]
    # A number is its service's own: by it and the service a letter is read, and dropped.
    newest = (await platform.get(limit=1))["items"][0]
    assert (newest["service"], newest["position"]) == ("catalog", 10)
    assert (await platform.get(f"/catalog/{newest['id']}"))["position"] == 10
    answer = await platform.client.post(f"{ALL}/catalog/drop", json={"ids": [newest["id"]]})
    assert [item["outcome"] for item in answer.json()["items"]] == ["dropped"]
    assert [(act["service"], act["act"]) for act in (await platform.get("/log"))["items"]] == [("catalog", "dropped")]
    assert [item["position"] for item in (await platform.get(limit=1))["items"]] == [9]


async def test_a_service_that_does_not_answer_is_named_and_the_others_are_shown(platform: Platform) -> None:
    await platform.put_aside("playback", 1)
    page = await platform.get()
    assert (page["unavailable"], [item["service"] for item in page["items"]]) == (["search"], ["playback"])


async def test_a_cursor_of_another_list_is_refused(platform: Platform) -> None:
    answer = await platform.client.get(ALL, params={"cursor": encode_cursor(17)})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_nobody_else_sees_the_list(platform: Platform, auth_headers: AuthHeaders) -> None:
    for path in ("", "/log"):
        answer = await platform.client.get(ALL + path, headers=auth_headers(roles=["support", "content_manager"]))
        assert answer.status_code == 403
