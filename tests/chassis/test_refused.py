"""What slips past every type at the door and fails in the database is still the request's mistake, and only that is."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Request
from sqlalchemy import text

from libs.chassis.data.database import Database
from libs.chassis.http import app as chassis
from libs.chassis.security import auth
from libs.chassis.security.tokens import Verifier
from libs.chassis.settings import ServiceSettings

router = APIRouter(prefix="/api/v1", dependencies=[auth.PUBLIC])
VALUES = {
    "nul": ("text", "a\x00b"),
    "surrogate": ("text", "\ud800"),
    "huge": ("bigint", 2**70),
    "large": ("int", 2**40),
}


@router.get("/by-hand/{name}")
async def by_hand(request: Request, name: str) -> dict[str, Any]:
    kind, value = VALUES[name]
    return {"value": await request.app.state.db.pool.fetchval(f"SELECT $1::{kind}", value)}


@router.get("/by-session/{name}")
async def by_session(request: Request, name: str) -> dict[str, Any]:
    kind, value = VALUES[name]
    async with request.app.state.db.transaction() as session:
        return {"value": (await session.execute(text(f"SELECT CAST(:v AS {kind})"), {"v": value})).scalar()}


@router.get("/our-mistake")
async def our_mistake(request: Request) -> None:
    async with request.app.state.db.transaction() as session:
        await session.execute(text("SELECT no_such_column"))


@pytest.fixture
async def client(empty_database: str, verifier: Verifier) -> AsyncIterator[httpx.AsyncClient]:
    db = Database(empty_database)
    app = chassis.create(
        "test", ServiceSettings(), routers=[router], components=[db], state={"db": db}, verifier=verifier
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as found:
            yield found


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("road", ["by-hand", "by-session"])
async def test_a_value_that_cannot_be_stored_is_422(client: httpx.AsyncClient, road: str, name: str) -> None:
    answer = await client.get(f"/{road}/{name}")

    assert (answer.status_code, answer.json()["code"]) == (422, "not_storable")


async def test_a_mistake_of_ours_stays_one(client: httpx.AsyncClient) -> None:
    assert (await client.get("/our-mistake")).status_code == 500
