"""A gateway on a free port in front of recorded neighbours."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.main import create_server
from gateway.prefixes import PREFIXES
from gateway.settings import GatewaySettings
from libs.chassis.ids import new_id
from tests.gateway.servers import Neighbour, free_port, serving
from tests.gateway.shelves import (
    API,
    CARDS,
    COLLECTION,
    DETAILS,
    EPISODE,
    FILM,
    FILM_PLAYABLE,
    HIDDEN,
    LISTED,
    RECOMMENDED,
    SERIES,
    VIEWING,
    Cards,
)

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


@pytest.fixture
def catalog() -> Cards:
    return Cards(
        answers={
            f"{API}/titles/new": {"items": [CARDS[LISTED], CARDS[SERIES], CARDS[FILM]], "next_cursor": None},
            f"{API}/titles/trending": {"items": [CARDS[SERIES], CARDS[FILM]]},
            f"{API}/titles/top-rated": {"items": []},
            f"{API}/collections": {
                "items": [{"id": COLLECTION, "name": "By the sea", "description": "", "items": [CARDS[FILM]]}]
            },
            f"{API}/genres": {
                "items": [{"id": "drama", "name": "Drama", "titles": 2}, {"id": "heist", "name": "Heist", "titles": 1}]
            },
            f"{API}/titles": {"items": [CARDS[FILM], CARDS[SERIES]], "next_cursor": None},
            f"{API}/titles/{FILM}": DETAILS,
            f"{API}/titles/{SERIES}/seasons/1/episodes": {
                "items": [
                    {"id": str(new_id()), "number": 2, "name": "Rain", "playable_id": EPISODE, "runtime": 120},
                    {"id": str(new_id()), "number": 3, "name": "Fog", "playable_id": str(new_id()), "runtime": 120},
                ]
            },
        }
    )


@pytest.fixture
def watchstate() -> Neighbour:
    return Neighbour(
        answers={
            f"{API}/me/continue-watching": {"items": [VIEWING, {**VIEWING, "title_id": HIDDEN}]},
            f"{API}/me/reminders": {
                "items": [
                    {"title_id": SERIES, "arrived_at": "2026-11-26T09:00:04Z"},
                    {"title_id": LISTED, "arrived_at": None},
                ]
            },
            f"{API}/me/list": {"items": [{"title_id": FILM}, {"title_id": HIDDEN}], "next_cursor": None},
            f"{API}/me/list/contains": {"title_ids": [FILM]},
            f"{API}/me/resume": {
                "items": [{"title_id": FILM, "playable_id": FILM_PLAYABLE, "position": 61.5, "duration": 5400.0}]
            },
            f"{API}/me/resume/playables": {"items": [{"playable_id": EPISODE, "position": 30.0, "duration": 120.0}]},
        }
    )


@pytest.fixture
def recommendation() -> Neighbour:
    return Neighbour(
        answers={
            f"{API}/recommendations/home": RECOMMENDED,
            f"{API}/recommendations/titles/{FILM}/similar": {**RECOMMENDED, "title_ids": [HIDDEN, SERIES]},
        }
    )
